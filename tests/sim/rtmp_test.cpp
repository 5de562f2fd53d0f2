// Our client against our server, under a clock of the test: whatever the chunk size and wherever the network cuts, what was
// published arrives.
#include "format/rtmp_serializer.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "proto/rtmp/sender.hpp"
#include "proto/rtmp/server_answers.hpp"
#include "proto/rtmp/server_connection.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir::proto::rtmp {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Frame {
    MessageType type;
    std::uint32_t timestamp;
    std::vector<std::uint8_t> body;
};

std::vector<Frame> some_frames(std::uint32_t first_time) {
    std::minstd_rand random(11);
    std::vector<Frame> frames;
    for (std::uint32_t i = 0; i < 60; ++i) {
        const std::size_t size = i % 20 == 0 ? 40'000 : 1 + random() % 3000;
        std::vector<std::uint8_t> body(size);
        for (std::uint8_t& byte : body) {
            byte = static_cast<std::uint8_t>(random());
        }
        frames.push_back({i % 3 == 0 ? MessageType::audio : MessageType::video, first_time + i * 20, std::move(body)});
    }
    return frames;
}

/// Two machines and the wire between them, which delivers at most `largest` bytes at a time.
class Wire {
  public:
    Wire(std::uint32_t chunk_size, std::size_t largest, Purpose purpose = Purpose::publish)
        : largest_(largest),
          client({.tc_url = "rtmp://host/live",
                  .app = "live",
                  .stream_key = "demo?token=t",
                  .chunk_size = chunk_size,
                  .purpose = purpose},
                 now),
          server({.seed = 5}, now) {}

    void run() {
        bool moved = true;
        while (moved) {
            moved = carry(client, server);
            drain_server();
            moved |= carry(server, client);
            drain_client();
        }
    }

    base::Instant now{};
    std::vector<Frame> arrived;
    std::optional<PublishRequest> request;
    std::optional<PlayRequest> play_request;
    std::optional<Closed> closed;
    std::optional<ClientClosed> client_closed;
    std::size_t metadata = 0;
    bool unpublished = false;
    bool ready = false;
    std::string refusal;

    void deliver(base::ByteView bytes, auto& to) {
        while (!bytes.empty()) {
            const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + random_() % largest_);
            to.receive(bytes.first(size), now);
            bytes = bytes.subspan(size);
            drain_server();
        }
    }

  private:
    template <typename From, typename To>
    bool carry(From& from, To& to) {
        const base::Bytes bytes = from.take_output();
        deliver(bytes, to);
        return !bytes.empty();
    }
    void drain_server() {
        while (auto event = server.next_event()) {
            EXPECT_FALSE(closed) << "an event behind the last";
            std::visit([this](auto& what) { take(what); }, *event);
        }
    }
    void drain_client() {
        while (auto event = client.next_event()) {
            if (auto* end = std::get_if<ClientClosed>(&*event)) {
                client_closed = *end;
            } else if (auto* media = std::get_if<Media>(&*event)) {
                take(*media);
            } else {
                ready = true;
            }
        }
    }
    void take(PublishRequested& event) {
        request = *event.request;
        if (refusal.empty()) {
            server.accept_publish(seconds(10), now);
        } else {
            server.refuse(Refusal::denied, refusal);
        }
    }
    void take(PlayRequested& event) {
        play_request = *event.request;
        if (refusal.empty()) {
            server.accept_play(now);
        } else {
            server.refuse(Refusal::bad_name, refusal);
        }
    }
    void take(Paused&) {}
    void take(Media& event) {
        arrived.push_back({event.kind == media::Kind::audio ? MessageType::audio : MessageType::video,
                           event.timestamp,
                           {event.body.begin(), event.body.end()}});
    }
    void take(Metadata&) { ++metadata; }
    void take(Unpublished&) { unpublished = true; }
    void take(Closed& event) { closed = event; }

    std::size_t largest_;
    std::minstd_rand random_{3};

  public:
    ClientConnection client;
    ServerConnection server;
};

TEST(RtmpSimulation, EveryFrameArrivesAtEveryChunkSizeAndEveryCut) {
    for (const std::uint32_t chunk_size : {1U, 2U, 3U, 127U, 128U, 4096U, 65536U}) {
        for (const std::size_t largest : {std::size_t{1}, std::size_t{9}, std::size_t{1448}, std::size_t{65536}}) {
            if (chunk_size > 3 && largest == 1) {
                continue;  // the byte by byte case is the chunk reader's own test
            }
            // Across the extended timestamp, and across the wrap.
            for (const std::uint32_t first_time : {0xFFFFFFU - 200, 0xFFFFFFFFU - 200}) {
                Wire wire(chunk_size, largest);
                wire.run();
                ASSERT_TRUE(wire.ready) << chunk_size << " " << largest;
                ASSERT_TRUE(wire.request);
                EXPECT_EQ(wire.request->stream.text(), "live/demo");
                EXPECT_EQ(wire.request->token, "t");
                const std::vector<Frame> frames = some_frames(first_time);
                for (const Frame& frame : frames) {
                    wire.client.send(frame.type, frame.timestamp, frame.body);
                    wire.run();
                }
                ASSERT_EQ(wire.arrived.size(), frames.size()) << chunk_size << " " << largest;
                for (std::size_t i = 0; i < frames.size(); ++i) {
                    ASSERT_EQ(wire.arrived[i].type, frames[i].type);
                    ASSERT_EQ(wire.arrived[i].timestamp, frames[i].timestamp);
                    ASSERT_TRUE(wire.arrived[i].body == frames[i].body);
                }
                wire.client.finish();
                wire.run();
                EXPECT_TRUE(wire.unpublished);
                EXPECT_TRUE(wire.client_closed);
                EXPECT_FALSE(wire.closed);
            }
        }
    }
}

TEST(RtmpSimulation, ARefusedPublisherReadsTheServersWords) {
    Wire wire(4096, 1448);
    wire.refusal = "set auth.publish to any";
    wire.run();
    ASSERT_TRUE(wire.client_closed);
    EXPECT_EQ(wire.client_closed->text, "set auth.publish to any");
    ASSERT_TRUE(wire.closed);
    EXPECT_EQ(wire.closed->text, "set auth.publish to any");
    EXPECT_FALSE(wire.ready);
}

/// What a log is to a player: whole messages, between which the server says what it has to say.
class PlayedWire : public Wire {
  public:
    explicit PlayedWire(std::size_t largest) : Wire(128, largest, Purpose::play) {
        chunks_.set_chunk_size(play_chunk_size);
        run();
    }
    void play(const Frame& frame) {
        base::ByteWriter out;
        const bool is_audio = frame.type == MessageType::audio;
        chunks_.write(is_audio ? ChunkStreamId::audio : ChunkStreamId::video, frame.type, frame.timestamp, play_stream,
                      frame.body, out);
        deliver(out.view(), client);
        run();
    }

  private:
    ChunkWriter chunks_;
};

TEST(RtmpSimulation, EveryFrameThatIsPlayedArrivesWhateverIsSaidBetweenThem) {
    for (const std::size_t largest : {std::size_t{9}, std::size_t{1448}, std::size_t{65536}}) {
        for (const std::uint32_t first_time : {0U, 0xFFFFFFU - 200, 0x7FFFFF00U}) {
            PlayedWire wire(largest);
            ASSERT_TRUE(wire.ready);
            ASSERT_TRUE(wire.play_request);
            EXPECT_EQ(wire.play_request->stream.text(), "live/demo");
            EXPECT_TRUE(wire.server.is_playing());
            const std::vector<Frame> frames = some_frames(first_time);
            Sender pings;
            for (const Frame& frame : frames) {
                wire.play(frame);
                pings.user_control(UserControl::ping_request, frame.timestamp);
                wire.deliver(pings.take(), wire.server);
                wire.run();
            }
            ASSERT_EQ(wire.arrived.size(), frames.size()) << largest;
            for (std::size_t i = 0; i < frames.size(); ++i) {
                ASSERT_EQ(wire.arrived[i].timestamp, frames[i].timestamp);
                ASSERT_TRUE(wire.arrived[i].body == frames[i].body);
            }
            EXPECT_FALSE(wire.closed);
            wire.server.end_play("the stream has ended");
            wire.run();
            ASSERT_TRUE(wire.client_closed);
            EXPECT_EQ(wire.client_closed->kind, base::ErrorKind::closed);
        }
    }
}

TEST(RtmpSimulation, APlayerOfAStreamThatIsNotLiveReadsTheServersWords) {
    Wire wire(128, 1448, Purpose::play);
    wire.refusal = "no stream of that name is live";
    wire.run();
    ASSERT_TRUE(wire.client_closed);
    EXPECT_EQ(wire.client_closed->kind, base::ErrorKind::refused);
    EXPECT_EQ(wire.client_closed->text, "no stream of that name is live");
}

TEST(RtmpSimulation, APlayerThatIsDoneSaysSoAndAcknowledgesWhatNobodyLooksAt) {
    PlayedWire wire(1448);
    wire.client.skip(3'000'000);
    const base::Bytes said = wire.client.take_output();
    EXPECT_EQ(said.size(), 16U) << "an acknowledgement";
    wire.client.finish();
    wire.run();
    ASSERT_TRUE(wire.closed);
    EXPECT_EQ(wire.closed->text, "the player said goodbye");
}

TEST(RtmpSimulation, AServerThatFallsSilentDoesNotHoldTheClientForEver) {
    ClientConnection client({.tc_url = "rtmp://host/live", .app = "live", .stream_key = "demo"}, base::Instant{});
    ASSERT_TRUE(client.deadline());
    client.tick(*client.deadline() - milliseconds(1));
    EXPECT_FALSE(client.next_event());
    client.tick(*client.deadline());
    const auto event = client.next_event();
    ASSERT_TRUE(event && std::holds_alternative<ClientClosed>(*event));
    EXPECT_EQ(std::get<ClientClosed>(*event).kind, base::ErrorKind::timed_out);
}

TEST(RtmpSimulation, ThePublisherThatDiesWithoutAWordIsNoticed) {
    Wire wire(4096, 1448);
    wire.run();
    wire.client.send(MessageType::video, 0, std::vector<std::uint8_t>(100));
    wire.run();
    wire.now += seconds(10);
    wire.server.tick(wire.now);
    wire.run();
    ASSERT_TRUE(wire.closed);
    EXPECT_EQ(wire.closed->kind, base::ErrorKind::timed_out);
    ASSERT_TRUE(wire.client_closed);
    EXPECT_EQ(wire.client_closed->text, wire.closed->text);
}

}  // namespace

}  // namespace weir::proto::rtmp
