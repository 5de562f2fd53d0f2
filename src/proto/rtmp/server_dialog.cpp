#include "proto/rtmp/server_dialog.hpp"

#include "proto/rtmp/server_answers.hpp"
#include "proto/rtmp/stream_address.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::proto::rtmp {

namespace {

using base::ErrorKind;

std::string printable(std::string_view text) {
    constexpr std::size_t longest = 64;
    std::string clean(text.substr(0, longest));
    std::ranges::replace_if(clean, [](char c) { return c < ' ' || c > '~'; }, '?');
    return clean;
}

bool is_enhanced(std::string_view name) noexcept {
    return name == "fourCcList" || name == "videoFourCcInfoMap" || name == "audioFourCcInfoMap" || name == "capsEx";
}

}  // namespace

const ServerDialog::Row ServerDialog::rows[] = {
    {"connect", &ServerDialog::connect},
    {"createStream", &ServerDialog::create_stream},
    {"publish", &ServerDialog::publish},
    {"FCUnpublish", &ServerDialog::leave},
    {"closeStream", &ServerDialog::leave},
    {"deleteStream", &ServerDialog::leave},
    {"releaseStream", &ServerDialog::acknowledge},
    {"FCPublish", &ServerDialog::acknowledge},
    {"_checkbw", &ServerDialog::acknowledge},
    {"getStreamLength", &ServerDialog::stream_length},
    {"play", &ServerDialog::play},
    {"play2", &ServerDialog::play},
    {"pause", &ServerDialog::pause},
    {"pauseRaw", &ServerDialog::pause},
    {"seek", &ServerDialog::seek},
    {"receiveAudio", &ServerDialog::pass_over},
    {"receiveVideo", &ServerDialog::pass_over},
    {"FCSubscribe", &ServerDialog::subscribe},
    {"FCUnsubscribe", &ServerDialog::acknowledge},
};

ServerDialog::Step ServerDialog::receive(const Command& command, std::uint32_t stream_id, Sender& out) {
    const Call call{command, stream_id, out};
    if (phase_ == Phase::unconnected && command.name != "connect") {
        return Closed{ErrorKind::malformed, "the client does not begin with connect"};
    }
    const auto* row = std::ranges::find(rows, command.name, &Row::name);
    return row == std::end(rows) ? unknown(call) : (this->*row->answer)(call);
}

ServerDialog::Step ServerDialog::connect(const Call& call) {
    const amf0::Object* offered = call.command.argument(0).object();
    if (phase_ != Phase::unconnected || offered == nullptr) {
        return reject_connect(call, ErrorKind::malformed, "connect comes twice, or says nothing");
    }
    if (const auto checked = check_app(text_of(*offered, "app"), text_of(*offered, "tcUrl")); !checked) {
        return reject_connect(call, checked.error().kind, checked.error().text);
    }
    app_ = text_of(*offered, "app");
    tc_url_ = text_of(*offered, "tcUrl");
    client_ = printable(text_of(*offered, "flashVer"));
    phase_ = Phase::connected;

    call.out.set_window(window);
    call.out.set_peer_bandwidth(window);
    call.out.set_chunk_size(chunk_size);
    call.out.user_control(UserControl::stream_begin, 0);
    amf0::Object success = information(Level::status, "NetConnection.Connect.Success", "Connection succeeded.");
    const amf0::Value* encoding = offered->find("objectEncoding");
    success.set("objectEncoding",
                encoding != nullptr && encoding->number() != nullptr && *encoding->number() == 3 ? 3.0 : 0.0);
    answer(call.out, call.command.transaction, capabilities(*offered), std::move(success));
    return {};
}

/// The properties of the answer to connect. What is Enhanced RTMP's is told to those alone who speak of it.
amf0::Object ServerDialog::capabilities(const amf0::Object& offered) const {
    amf0::Object properties;
    properties.set("fmsVer", "FMS/3,5,7,7009").set("capabilities", 31.0).set("mode", 1.0);
    if (std::ranges::none_of(offered.properties, is_enhanced, &amf0::Property::name)) {
        return properties;
    }
    constexpr double can_forward = 4;
    constexpr double extensions = 0x02 + 0x04 + 0x08;  // multitrack, ModEx, and by it times in nanoseconds
    amf0::StrictArray list;
    amf0::Object video;
    amf0::Object audio;
    for (const std::string_view fourcc : fourccs_) {
        const auto codec = media::codec_of_fourcc(fourcc);
        assert(codec.has_value());
        list.values.emplace_back(fourcc);
        (media::info(*codec).kind == media::Kind::audio ? audio : video).set(fourcc, can_forward);
    }
    properties.set("fourCcList", std::move(list)).set("videoFourCcInfoMap", std::move(video));
    properties.set("audioFourCcInfoMap", std::move(audio)).set("capsEx", extensions);
    return properties;
}

ServerDialog::Step ServerDialog::reject_connect(const Call& call, ErrorKind kind, std::string_view text) {
    call.out.command(0, {"_error",
                         call.command.transaction,
                         {amf0::Null{}, information(Level::error, "NetConnection.Connect.Rejected", text)}});
    return Closed{kind, std::string(text)};
}

ServerDialog::Step ServerDialog::create_stream(const Call& call) {
    if (created_ == message_streams_) {
        return Closed{ErrorKind::too_large, "the client creates more streams than allowed"};
    }
    answer(call.out, call.command.transaction, amf0::Null{}, static_cast<double>(++created_));
    return {};
}

ServerDialog::Step ServerDialog::publish(const Call& call) {
    if (const bool* wanted = call.command.argument(1).boolean(); wanted != nullptr && !*wanted) {
        return leave(call);
    }
    if (phase_ != Phase::connected) {
        say_status(call.out, call.stream_id, Level::error, "NetStream.Publish.BadName",
                   "this connection publishes or plays already");
        return {};
    }
    phase_ = Phase::asking;
    is_player_ = false;
    media_stream_ = call.stream_id;
    const std::string* key = call.command.argument(1).string();
    if (key == nullptr) {
        return reject(Refusal::bad_name, "publish names no stream", call.out);
    }
    base::Result<StreamAddress> address = parse_stream_address(app_, tc_url_, *key);
    if (!address) {
        return reject(Refusal::bad_name, address.error().text, call.out);
    }
    return std::make_unique<const PublishRequest>(
        PublishRequest{std::move(address->stream), std::move(address->token), client_, address->is_backup});
}

void ServerDialog::accept_publish(Sender& out) {
    phase_ = Phase::publishing;
    out.user_control(UserControl::stream_begin, media_stream_);
    say_status(out, media_stream_, Level::status, "NetStream.Publish.Start", "Publishing.");
}

std::string_view ServerDialog::code_of(Refusal refusal) const noexcept {
    struct Codes {
        std::string_view publish;
        std::string_view play;
    };
    static constexpr Codes codes[] = {
        {"NetStream.Publish.BadName", "NetStream.Play.StreamNotFound"},
        {"NetStream.Publish.Denied", "NetStream.Play.Failed"},
        {"NetStream.Failed", "NetStream.Play.Failed"},
    };
    const Codes& both = codes[static_cast<std::size_t>(refusal)];
    return phase_ == Phase::asking_to_play || phase_ == Phase::playing ? both.play : both.publish;
}

void ServerDialog::refuse(Refusal refusal, std::string_view text, Sender& out) {
    say_status(out, media_stream_, Level::error, code_of(refusal), text);
    phase_ = Phase::connected;
}

ServerDialog::Step ServerDialog::reject(Refusal refusal, std::string_view text, Sender& out) {
    refuse(refusal, text, out);
    return Closed{ErrorKind::refused, std::string(text)};
}

/// FCUnpublish names the stream, closeStream and deleteStream carry its number: only one can be meant. A player's connection
/// ends with what it plays: its socket belongs to the log.
ServerDialog::Step ServerDialog::leave(const Call& call) {
    if (phase_ == Phase::playing) {
        phase_ = Phase::connected;
        say_status(call.out, media_stream_, Level::status, "NetStream.Play.Stop", "Stopped playing.");
        return Closed{ErrorKind::closed, "the player said goodbye"};
    }
    const bool was_publishing = phase_ == Phase::publishing;
    if (was_publishing) {
        phase_ = Phase::connected;
        say_status(call.out, media_stream_, Level::status, "NetStream.Unpublish.Success", "The publication has ended.");
    }
    if (call.command.name == "FCUnpublish") {
        (void)acknowledge(call);
    }
    return was_publishing ? Step(Unpublished{}) : Step();
}

ServerDialog::Step ServerDialog::acknowledge(const Call& call) {
    answer(call.out, call.command.transaction, amf0::Null{}, amf0::Undefined{});
    return {};
}

ServerDialog::Step ServerDialog::stream_length(const Call& call) {
    answer(call.out, call.command.transaction, amf0::Null{}, 0.0);
    return {};
}

/// What else play says is for recordings: where to start, for how long. play2 names the stream in an object.
ServerDialog::Step ServerDialog::play(const Call& call) {
    const amf0::Value& what = call.command.argument(1);
    if (what.boolean() != nullptr && !*what.boolean()) {
        return leave(call);
    }
    if (phase_ != Phase::connected || call.stream_id != play_stream) {
        say_status(call.out, call.stream_id, Level::error, "NetStream.Play.Failed",
                   phase_ == Phase::connected ? "a connection plays on the first stream that it creates"
                                              : "this connection publishes or plays already: connect once more");
        return {};
    }
    phase_ = Phase::asking_to_play;
    is_player_ = true;
    media_stream_ = call.stream_id;
    const std::string_view key = what.string() != nullptr   ? std::string_view(*what.string())
                                 : what.object() != nullptr ? text_of(*what.object(), "streamName")
                                                            : std::string_view();
    base::Result<StreamAddress> address = parse_play_address(app_, tc_url_, key);
    if (!address) {
        return reject(Refusal::bad_name, address.error().text, call.out);
    }
    return std::make_unique<const PlayRequest>(
        PlayRequest{std::move(address->stream), std::move(address->rung), client_});
}

void ServerDialog::accept_play(Sender& out) {
    phase_ = Phase::playing;
    // There are many players.
    for (std::string* text : {&app_, &tc_url_}) {
        text->clear();
        text->shrink_to_fit();
    }
    say_play_starts(out);
}

ServerDialog::Step ServerDialog::pause(const Call& call) {
    const bool* wanted = call.command.argument(1).boolean();
    if (phase_ != Phase::playing || wanted == nullptr) {
        return {};
    }
    say_status(call.out, media_stream_, Level::status, *wanted ? "NetStream.Pause.Notify" : "NetStream.Unpause.Notify",
               *wanted ? "Paused." : "Playing what is live now.");
    return Paused{*wanted};
}

/// No error, though it failed: players end when they are told of one, and what is live goes on.
ServerDialog::Step ServerDialog::seek(const Call& call) {
    say_status(call.out, call.stream_id, Level::status, "NetStream.Seek.Failed", "a live stream is played where it is");
    return {};
}

/// receiveAudio and receiveVideo: every player gets the same bytes.
ServerDialog::Step ServerDialog::pass_over(const Call& /*call*/) { return {}; }

/// As content delivery networks want it, and librtmp says it to all.
ServerDialog::Step ServerDialog::subscribe(const Call& call) {
    call.out.command(
        0, {"onFCSubscribe",
            0,
            {amf0::Null{}, information(Level::status, "NetStream.Play.Start", "Subscribed to what is to be played.")}});
    return {};
}

ServerDialog::Step ServerDialog::unknown(const Call& call) {
    if (call.command.transaction != 0 && !call.command.name.starts_with('_')) {
        call.out.command(0,
                         {"_error",
                          call.command.transaction,
                          {amf0::Null{}, information(Level::error, "NetConnection.Call.Failed", "no such call here")}});
    }
    return {};
}

void ServerDialog::say_goodbye(std::string_view text, Sender& out) {
    if (phase_ == Phase::unconnected) {
        return;
    }
    const bool has_stream = phase_ != Phase::connected;
    say_status(out, has_stream ? media_stream_ : 0, Level::error,
               has_stream ? code_of(Refusal::failed) : "NetConnection.Connect.Closed", text);
}

}  // namespace weir::proto::rtmp
