#include "proto/rtmp/client_connection.hpp"

#include "base/byte_reader.hpp"
#include "format/flv_tags.hpp"
#include "proto/rtmp/chunk_reader.hpp"
#include "proto/rtmp/data_message.hpp"
#include "proto/rtmp/event_queue.hpp"
#include "proto/rtmp/handshake.hpp"
#include "proto/rtmp/sender.hpp"

#include <cassert>
#include <utility>

namespace weir::proto::rtmp {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

/// Transaction ids of what the client asks.
constexpr double connect_call = 1;
constexpr double release_stream_call = 2;
constexpr double fc_publish_call = 3;
constexpr double create_stream_call = 4;
constexpr double publish_call = 5;
constexpr double fc_unpublish_call = 6;
constexpr double delete_stream_call = 7;

/// What a player says that it buffers, in milliseconds. Servers that send by it are told to be quick.
constexpr std::uint32_t buffer_length = 100;

ChunkStreamId chunk_stream_of(MessageType type) noexcept {
    switch (type) {
        case MessageType::audio: return ChunkStreamId::audio;
        case MessageType::video: return ChunkStreamId::video;
        default: return ChunkStreamId::data;
    }
}

}  // namespace

class ClientConnection::Machine {
  public:
    Machine(Options options, base::Instant now)
        : options_(std::move(options)),
          handshake_(std::make_unique<ClientHandshake>(options_.seed)),
          deadline_(now + options_.limits.handshake),
          reader_(options_.limits) {
        handshake_->start(0, out_.raw());
    }

    void receive(base::ByteView bytes, base::Instant now);
    void skip(std::size_t count);
    void tick(base::Instant now);
    void send(MessageType type, std::uint32_t timestamp, base::ByteView body);
    void finish();
    [[nodiscard]] std::optional<ClientEvent> next_event() { return events_.pop(); }
    [[nodiscard]] base::Bytes take_output() { return out_.take(); }
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept { return deadline_; }
    [[nodiscard]] std::uint32_t stream_id() const noexcept { return stream_id_; }

  private:
    [[nodiscard]] Result<void> read(base::ByteView bytes, base::Instant now);
    [[nodiscard]] Result<void> handle(Message message);
    [[nodiscard]] Result<void> handle_control(const Message& message);
    [[nodiscard]] Result<void> handle_aggregate(const Message& message);
    void handle_media(Message message);
    [[nodiscard]] Result<void> handle_command(const Command& command);
    void handle_status(const amf0::Object& status);
    void call(std::uint32_t stream_id, std::string_view name, double transaction, std::vector<amf0::Value> arguments);
    void connect();
    void create_stream();
    void ask_for_stream();
    void acknowledge();
    void end(ErrorKind kind, std::string_view text);

    Options options_;
    std::unique_ptr<ClientHandshake> handshake_;  ///< null once it is over
    std::optional<base::Instant> deadline_;
    ChunkReader reader_;
    Sender out_;
    EventQueue<ClientEvent> events_;
    std::uint64_t received_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint32_t window_ = 0;  ///< zero until the server asks for acknowledgements
    std::uint32_t stream_id_ = 0;
    bool ready_ = false;
    bool closed_ = false;
};

void ClientConnection::Machine::receive(base::ByteView bytes, base::Instant now) {
    if (closed_) {
        return;
    }
    received_ += bytes.size();
    if (const Result<void> outcome = read(bytes, now); !outcome) {
        end(outcome.error().kind, outcome.error().text);
    }
    acknowledge();
}

Result<void> ClientConnection::Machine::read(base::ByteView bytes, base::Instant now) {
    if (handshake_ != nullptr) {
        if (!TRY(handshake_->receive(bytes, out_.raw()))) {
            return {};
        }
        handshake_.reset();
        deadline_ = now + options_.limits.setup;
        connect();
    }
    while (!closed_) {
        std::optional<Message> message = TRY(reader_.next(bytes));
        if (!message) {
            return {};
        }
        TRY(handle(*std::move(message)));
    }
    return {};
}

Result<void> ClientConnection::Machine::handle(Message message) {
    switch (message.type) {
        case MessageType::audio:
        case MessageType::video: handle_media(std::move(message)); return {};
        case MessageType::aggregate: return handle_aggregate(message);
        case MessageType::amf0_command:
        case MessageType::amf3_command: return handle_command(TRY(parse_command(message)));
        default: return handle_control(message);
    }
}

Result<void> ClientConnection::Machine::handle_control(const Message& message) {
    base::ByteReader body(message.payload);
    switch (message.type) {
        case MessageType::set_chunk_size: return reader_.set_chunk_size(TRY(body.u32()));
        case MessageType::abort: reader_.abort(TRY(body.u32())); return {};
        case MessageType::window_acknowledgement_size: window_ = TRY(body.u32()); return {};
        case MessageType::user_control: {
            const std::uint16_t event = TRY(body.u16());
            if (event == std::to_underlying(UserControl::ping_request)) {
                out_.user_control(UserControl::ping_response, TRY(body.u32()));
            } else if (event == std::to_underlying(UserControl::stream_end) && ready_) {
                end(ErrorKind::closed, "the stream has ended");
            }
            return {};
        }
        default: return {};
    }
}

Result<void> ClientConnection::Machine::handle_aggregate(const Message& message) {
    AggregateReader parts(message);
    while (auto part = TRY(parts.next())) {
        if (part->type == MessageType::audio || part->type == MessageType::video) {
            handle_media(*std::move(part));
        }
    }
    return {};
}

void ClientConnection::Machine::handle_media(Message message) {
    if (options_.purpose == Purpose::play && ready_ && !message.payload.empty()) {
        const media::Kind kind = message.type == MessageType::audio ? media::Kind::audio : media::Kind::video;
        events_.push(Media{kind, message.timestamp, std::move(message.payload)});
    }
}

Result<void> ClientConnection::Machine::handle_command(const Command& command) {
    const amf0::Object* information = command.argument(1).object();
    if (command.name == "_result" && command.transaction == connect_call) {
        create_stream();
    } else if (command.name == "_result" && command.transaction == create_stream_call) {
        const double* id = command.argument(1).number();
        if (id == nullptr || !(*id >= 0 && *id <= 0xFFFFFFFF)) {
            return fail(ErrorKind::malformed, "the server's answer to createStream has no stream number");
        }
        stream_id_ = static_cast<std::uint32_t>(*id);
        ask_for_stream();
    } else if (command.name == "_error" &&
               (command.transaction == connect_call || command.transaction == create_stream_call)) {
        end(ErrorKind::refused, information != nullptr ? text_of(*information, "description") : "the server refused");
    } else if (command.name == "onStatus" && information != nullptr) {
        handle_status(*information);
    }
    return {};
}

void ClientConnection::Machine::handle_status(const amf0::Object& status) {
    const std::string_view code = text_of(status, "code");
    const std::string_view start =
        options_.purpose == Purpose::play ? "NetStream.Play.Start" : "NetStream.Publish.Start";
    if (text_of(status, "level") == "error") {
        const std::string_view text = text_of(status, "description");
        end(ErrorKind::refused, text.empty() ? code : text);
    } else if (code == start && !ready_) {
        ready_ = true;
        deadline_.reset();
        events_.push(Ready{});
    } else if (code == "NetStream.Play.UnpublishNotify" || code == "NetStream.Play.Stop") {
        end(ErrorKind::closed, "the stream has ended");
    }
}

void ClientConnection::Machine::call(std::uint32_t stream_id, std::string_view name, double transaction,
                                     std::vector<amf0::Value> arguments) {
    out_.command(stream_id, {std::string(name), transaction, std::move(arguments)});
}

void ClientConnection::Machine::connect() {
    out_.set_chunk_size(options_.chunk_size);
    amf0::Object object;
    object.set("app", options_.app)
        .set("type", "nonprivate")
        .set("flashVer", options_.client)
        .set("tcUrl", options_.tc_url);
    if (options_.purpose == Purpose::play) {
        reader_.allow_media(options_.limits);
    }
    amf0::StrictArray fourccs;
    for (const std::string_view fourcc : format::flv::fourccs()) {
        fourccs.values.emplace_back(fourcc);
    }
    object.set("fourCcList", std::move(fourccs));
    call(0, "connect", connect_call, {std::move(object)});
}

void ClientConnection::Machine::create_stream() {
    if (options_.purpose == Purpose::publish) {
        call(0, "releaseStream", release_stream_call, {amf0::Null{}, options_.stream_key});
        call(0, "FCPublish", fc_publish_call, {amf0::Null{}, options_.stream_key});
    }
    call(0, "createStream", create_stream_call, {amf0::Null{}});
}

void ClientConnection::Machine::ask_for_stream() {
    constexpr double live_if_there_is_one = -2;
    if (options_.purpose == Purpose::publish) {
        call(stream_id_, "publish", publish_call, {amf0::Null{}, options_.stream_key, "live"});
    } else {
        call(stream_id_, "play", 0, {amf0::Null{}, options_.stream_key, live_if_there_is_one});
        out_.set_buffer_length(stream_id_, buffer_length);
    }
}

void ClientConnection::Machine::send(MessageType type, std::uint32_t timestamp, base::ByteView body) {
    assert(ready_ || closed_);
    if (!ready_ || closed_ || options_.purpose != Purpose::publish) {
        return;
    }
    if (type != MessageType::amf0_data) {
        out_.message(chunk_stream_of(type), type, timestamp, stream_id_, body);
        return;
    }
    base::ByteWriter data;
    amf0::write("@setDataFrame", data);
    data.bytes(body);
    out_.message(ChunkStreamId::data, type, timestamp, stream_id_, data.view());
}

void ClientConnection::Machine::finish() {
    if (closed_) {
        return;
    }
    if (ready_) {
        if (options_.purpose == Purpose::publish) {
            call(0, "FCUnpublish", fc_unpublish_call, {amf0::Null{}, options_.stream_key});
        }
        call(0, "deleteStream", delete_stream_call, {amf0::Null{}, static_cast<double>(stream_id_)});
    }
    end(ErrorKind::closed, "finished");
}

void ClientConnection::Machine::skip(std::size_t count) {
    received_ += count;
    acknowledge();
}

void ClientConnection::Machine::acknowledge() {
    if (!closed_ && window_ > 0 && received_ - acknowledged_ >= window_) {
        acknowledged_ = received_;
        out_.acknowledge(static_cast<std::uint32_t>(received_));
    }
}

void ClientConnection::Machine::tick(base::Instant now) {
    if (deadline_ && now >= *deadline_) {
        end(ErrorKind::timed_out, "the server did not answer in time");
    }
}

void ClientConnection::Machine::end(ErrorKind kind, std::string_view text) {
    if (!closed_) {
        closed_ = true;
        deadline_.reset();
        events_.push(ClientClosed{kind, std::string(text)});
    }
}

ClientConnection::ClientConnection(Options options, base::Instant now)
    : machine_(std::make_unique<Machine>(std::move(options), now)) {}
ClientConnection::ClientConnection(ClientConnection&&) noexcept = default;
ClientConnection::~ClientConnection() = default;

void ClientConnection::receive(base::ByteView bytes, base::Instant now) { machine_->receive(bytes, now); }
void ClientConnection::skip(std::size_t count) { machine_->skip(count); }
void ClientConnection::tick(base::Instant now) { machine_->tick(now); }
std::optional<ClientEvent> ClientConnection::next_event() { return machine_->next_event(); }
base::Bytes ClientConnection::take_output() { return machine_->take_output(); }
std::optional<base::Instant> ClientConnection::deadline() const noexcept { return machine_->deadline(); }
std::uint32_t ClientConnection::stream_id() const noexcept { return machine_->stream_id(); }
void ClientConnection::send(MessageType type, std::uint32_t timestamp, base::ByteView body) {
    machine_->send(type, timestamp, body);
}
void ClientConnection::finish() { machine_->finish(); }

}  // namespace weir::proto::rtmp
