// A client whose every word a test chooses, against a server machine under a clock that the test moves.
#pragma once

#include "base/byte_reader.hpp"
#include "proto/rtmp/chunk_reader.hpp"
#include "proto/rtmp/command.hpp"
#include "proto/rtmp/handshake.hpp"
#include "proto/rtmp/sender.hpp"
#include "proto/rtmp/server_connection.hpp"

#include <deque>
#include <string>
#include <vector>

namespace weir::proto::rtmp {

class ScriptedClient {
  public:
    explicit ScriptedClient(const ServerConnection::Options& options = {}) : server(options, now) {}

    void handshake() {
        ClientHandshake client(1);
        base::ByteWriter out;
        client.start(0, out);
        server.receive(out.view(), now);
        const base::Bytes answer = server.take_output();
        base::ByteView input = answer;
        out.clear();
        (void)client.receive(input, out);
        server.receive(out.view(), now);
    }
    void connect(amf0::Object object) { say(0, {"connect", 1, {std::move(object)}}); }
    void connect() { connect(amf0::Object().set("app", "live").set("tcUrl", "rtmp://h/live").set("flashVer", "test")); }
    void publish(std::string_view key) { say(1, {"publish", 5, {amf0::Null{}, key, "live"}}); }
    void play(const amf0::Value& what) { say(1, {"play", 5, {amf0::Null{}, what, -2000.0}}); }
    /// Up to an accepted player.
    void start_playing() {
        handshake();
        connect();
        say(0, {"createStream", 4, {amf0::Null{}}});
        play("demo");
        server.accept_play(now);
        flush();
        (void)events();
        answers.clear();
        controls.clear();
    }
    /// Up to an accepted publication.
    void start_publishing() {
        handshake();
        connect();
        say(0, {"createStream", 4, {amf0::Null{}}});
        publish("demo");
        server.accept_publish(std::chrono::seconds(10), now);
        flush();
        (void)events();
        answers.clear();
    }

    void say(std::uint32_t stream_id, const Command& command) {
        sender.command(stream_id, command);
        flush();
    }
    void send(MessageType type, std::uint32_t timestamp, base::ByteView payload) {
        sender.message(ChunkStreamId::video, type, timestamp, 1, payload);
        flush();
    }
    void advance(base::Duration by) {
        now += by;
        server.tick(now);
        flush();
    }

    /// Gives the server what was said, and reads what it answers.
    void flush() {
        server.receive(sender.take(), now);
        const base::Bytes output = server.take_output();
        base::ByteView input = output;
        while (auto message = reader.next(input).value()) {
            if (message->type == MessageType::set_chunk_size) {
                (void)reader.set_chunk_size(base::ByteReader(message->payload).u32().value());
            } else if (message->type == MessageType::amf0_command) {
                answers.push_back(parse_command(*message).value());
            } else {
                controls.push_back(*std::move(message));
            }
        }
    }

    /// The events so far, each in a word or two.
    std::vector<std::string> events() {
        std::vector<std::string> words;
        while (auto event = server.next_event()) {
            std::visit([&](const auto& what) { words.push_back(word(what)); }, *event);
        }
        return words;
    }
    /// The `code` of the newest answer that has one.
    std::string code() const { return of_last("code"); }
    std::string description() const { return of_last("description"); }

    static std::string word(const PublishRequested& event) {
        return "asks " + event.request->stream.text() + " " + event.request->token;
    }
    static std::string word(const PlayRequested& event) {
        return "plays " + event.request->stream.text() + " " + event.request->rung;
    }
    static std::string word(const Paused& event) { return event.is_paused ? "paused" : "goes on"; }
    static std::string word(const Media& event) {
        return std::string(media::name(event.kind)) + "@" + std::to_string(event.timestamp) + "+" +
               std::to_string(event.body.size());
    }
    static std::string word(const Metadata& event) { return "metadata+" + std::to_string(event.body.size()); }
    static std::string word(const Unpublished&) { return "unpublished"; }
    static std::string word(const Closed& event) {
        return "closed " + std::string(name(event.kind)) + ": " + event.text;
    }

    base::Instant now{std::chrono::hours(1)};
    ServerConnection server;
    Sender sender;
    ChunkReader reader{Limits{}};
    std::vector<Command> answers;
    std::vector<Message> controls;

  private:
    std::string of_last(std::string_view member) const {
        for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer) {
            if (const amf0::Object* object = answer->argument(1).object()) {
                return std::string(text_of(*object, member));
            }
        }
        return "";
    }
};

}  // namespace weir::proto::rtmp
