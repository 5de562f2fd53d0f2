#include "proto/rtmp/server_dialog.hpp"

#include "proto/rtmp/stream_address.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::proto::rtmp {

namespace {

using base::ErrorKind;

std::string_view code(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::bad_name: return "NetStream.Publish.BadName";
        case Refusal::denied: return "NetStream.Publish.Denied";
        case Refusal::failed: return "NetStream.Failed";
    }
    return "NetStream.Failed";
}

std::string printable(std::string_view text) {
    constexpr std::size_t longest = 64;
    std::string clean(text.substr(0, longest));
    std::ranges::replace_if(clean, [](char c) { return c < ' ' || c > '~'; }, '?');
    return clean;
}

void answer(Sender& out, double transaction, amf0::Value object, amf0::Value result) {
    out.command(0, {"_result", transaction, {std::move(object), std::move(result)}});
}

void say_status(Sender& out, std::uint32_t stream_id, Level level, std::string_view status, std::string_view text) {
    out.command(stream_id, {"onStatus", 0, {amf0::Null{}, information(level, status, text)}});
}

bool is_enhanced(std::string_view name) noexcept {
    return name == "fourCcList" || name == "videoFourCcInfoMap" || name == "audioFourCcInfoMap" || name == "capsEx";
}

}  // namespace

const ServerDialog::Row ServerDialog::rows[] = {
    {"connect", &ServerDialog::connect},
    {"createStream", &ServerDialog::create_stream},
    {"publish", &ServerDialog::publish},
    {"FCUnpublish", &ServerDialog::unpublish},
    {"closeStream", &ServerDialog::unpublish},
    {"deleteStream", &ServerDialog::unpublish},
    {"releaseStream", &ServerDialog::acknowledge},
    {"FCPublish", &ServerDialog::acknowledge},
    {"_checkbw", &ServerDialog::acknowledge},
    {"getStreamLength", &ServerDialog::stream_length},
    {"play", &ServerDialog::play},
    {"play2", &ServerDialog::play},
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
    properties.set("audioFourCcInfoMap", std::move(audio)).set("capsEx", 0.0);
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
        return unpublish(call);
    }
    if (phase_ != Phase::connected) {
        say_status(call.out, call.stream_id, Level::error, code(Refusal::bad_name),
                   "this connection publishes already");
        return {};
    }
    publish_stream_ = call.stream_id;
    const std::string* key = call.command.argument(1).string();
    if (key == nullptr) {
        return reject_publish(Refusal::bad_name, "publish names no stream", call.out);
    }
    base::Result<StreamAddress> address = parse_stream_address(app_, tc_url_, *key);
    if (!address) {
        return reject_publish(Refusal::bad_name, address.error().text, call.out);
    }
    phase_ = Phase::asking;
    return std::make_unique<const PublishRequest>(
        PublishRequest{std::move(address->stream), std::move(address->token), client_});
}

ServerDialog::Step ServerDialog::reject_publish(Refusal refusal, std::string_view text, Sender& out) {
    refuse_publish(refusal, text, out);
    return Closed{ErrorKind::refused, std::string(text)};
}

void ServerDialog::accept_publish(Sender& out) {
    phase_ = Phase::publishing;
    out.user_control(UserControl::stream_begin, publish_stream_);
    say_status(out, publish_stream_, Level::status, "NetStream.Publish.Start", "Publishing.");
}

void ServerDialog::refuse_publish(Refusal refusal, std::string_view text, Sender& out) {
    phase_ = Phase::connected;
    say_status(out, publish_stream_, Level::error, code(refusal), text);
}

/// FCUnpublish names the stream, closeStream and deleteStream carry its number: only one can be meant.
ServerDialog::Step ServerDialog::unpublish(const Call& call) {
    const bool was_publishing = phase_ == Phase::publishing;
    if (was_publishing) {
        phase_ = Phase::connected;
        say_status(call.out, publish_stream_, Level::status, "NetStream.Unpublish.Success",
                   "The publication has ended.");
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

ServerDialog::Step ServerDialog::play(const Call& call) {
    constexpr std::string_view text = "this server does not serve play over RTMP: use HLS or HTTP-FLV";
    say_status(call.out, call.stream_id, Level::error, "NetStream.Play.Failed", text);
    return Closed{ErrorKind::unsupported, std::string(text)};
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
    const bool has_stream = phase_ == Phase::asking || phase_ == Phase::publishing;
    say_status(out, has_stream ? publish_stream_ : 0, Level::error,
               has_stream ? code(Refusal::failed) : "NetConnection.Connect.Closed", text);
}

}  // namespace weir::proto::rtmp
