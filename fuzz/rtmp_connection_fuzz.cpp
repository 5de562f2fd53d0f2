// The first byte seeds the cuts; its lowest bit says whether publishers are accepted. The rest is what a client sends behind
// a plain handshake. Properties: never a crash, the end is last, the same events wherever the bytes are cut, bounded memory.
#include "proto/rtmp/client_connection.hpp"
#include "proto/rtmp/handshake.hpp"
#include "proto/rtmp/server_connection.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::rtmp;

/// The bytes of a plain handshake, C0 to C2.
base::ByteView handshake() {
    static const std::vector<std::uint8_t> bytes = [] {
        std::vector<std::uint8_t> zeros(1 + 2 * handshake_part);
        zeros[0] = 3;
        return zeros;
    }();
    return bytes;
}

class Conversation {
  public:
    explicit Conversation(bool accepts) : accepts_(accepts), server_({.limits = limits_}, now_) {
        receive(handshake());
    }

    void receive(base::ByteView bytes) {
        now_ += std::chrono::milliseconds(1);
        server_.receive(bytes, now_);
        drain();
        received_ += bytes.size();
        sent_ += server_.take_output().size();
        if (sent_ > 4000 + 40 * received_) {
            std::abort();
        }
    }
    void end() {
        server_.tick(now_ + std::chrono::hours(1));
        drain();
    }

    std::string text;

  private:
    void drain() {
        while (auto event = server_.next_event()) {
            if (closed_) {
                std::abort();
            }
            std::visit([this](auto& what) { take(what); }, *event);
        }
    }
    void take(PublishRequested& event) {
        text.append("?")
            .append(event.request->stream.text())
            .append(event.request->token)
            .append(event.request->client);
        if (accepts_) {
            server_.accept_publish(std::chrono::seconds(1), now_);
        } else {
            server_.refuse(Refusal::denied, "no");
        }
    }
    void take(PlayRequested& event) {
        text.append("!").append(event.request->stream.text()).append(event.request->rung);
        if (accepts_) {
            server_.accept_play(now_);
        } else {
            server_.refuse(Refusal::bad_name, "no");
        }
    }
    void take(Paused& event) { text.append(event.is_paused ? "p" : "g"); }
    void take(Media& event) {
        text.append(std::to_string(static_cast<int>(event.kind))).append(std::to_string(event.timestamp));
        text.append(base::as_text(event.body));
    }
    void take(Metadata& event) { text.append("m").append(base::as_text(event.body)); }
    void take(Unpublished&) { text.append("u"); }
    void take(Closed& event) {
        closed_ = true;
        text.append(event.text);
    }

    static constexpr Limits limits_{
        .message = base::ByteCount(5000), .command = base::ByteCount(1000), .chunk_streams = 6};
    bool accepts_;
    bool closed_ = false;
    std::size_t received_ = 0;
    std::size_t sent_ = 0;
    base::Instant now_{};
    ServerConnection server_;
};

std::string events_of(base::ByteView bytes, bool accepts, std::size_t longest, std::uint8_t seed) {
    Conversation conversation(accepts);
    std::minstd_rand random(seed);
    while (!bytes.empty()) {
        const std::size_t count = std::min<std::size_t>(bytes.size(), 1 + random() % longest);
        conversation.receive(bytes.first(count));
        bytes = bytes.subspan(count);
    }
    conversation.end();
    return conversation.text;
}

/// The client's side of the same: whatever a server sends, no crash.
void try_client(base::ByteView bytes, Purpose purpose) {
    base::Instant now{};
    ClientConnection client({.tc_url = "rtmp://h/a", .app = "a", .stream_key = "b", .purpose = purpose}, now);
    client.receive(handshake(), now);
    client.receive(bytes, now);
    while (client.next_event()) {}
    (void)client.take_output();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const base::ByteView bytes(data + 1, size - 1);
    const std::size_t memory = base::slab_bytes();
    const bool accepts = data[0] % 2 == 0;
    if (events_of(bytes, accepts, SIZE_MAX, 1) != events_of(bytes, accepts, 1 + data[0] % 32, data[0])) {
        std::abort();
    }
    try_client(bytes, Purpose::publish);
    try_client(bytes, Purpose::play);
    if (base::slab_bytes() != memory) {
        std::abort();
    }
    return 0;
}
