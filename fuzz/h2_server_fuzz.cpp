// The first byte is a seed for the cuts and for how requests are answered; the rest is what a client sends after its preface. Properties:
// never a crash, `H2Closed` is last, no more than was asked for is made, and what is held is bounded.
#include "proto/http/h2_server.hpp"

#include <cstdlib>
#include <map>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::http;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t most_output = 4096;
constexpr std::size_t largest_frame = 16'384 + 9;

class Driver {
  public:
    explicit Driver(std::uint8_t seed) : random_(seed) {}

    void receive(base::ByteView bytes) {
        server_.receive(bytes, now_);
        now_ += std::chrono::milliseconds(random_() % 50);
        drain();
        std::vector<std::uint8_t> out;
        server_.take_output(most_output, out);
        if (out.size() > most_output + largest_frame) std::abort();
        drain();
    }

  private:
    void drain() {
        while (auto event = server_.next_event()) {
            if (closed_) std::abort();
            std::visit([this](const auto& each) { take(each); }, *event);
        }
    }
    void take(const H2Request& event) {
        if (!streams_.emplace(event.stream, 0).second || streams_.size() > limits_.streams) std::abort();
        if (!event.request) return server_.respond(event.stream, "HTTP/1.1 400 Bad\r\nA: b\r\n\r\n", {body_});
        switch (random_() % 5) {
            case 0: return;
            case 1: return server_.respond(event.stream, "HTTP/1.1 200 OK\r\n\r\n");
            case 2: return server_.reset(event.stream, H2Server::Reset::cancelled);
            case 3: return server_.respond(event.stream, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", {});
            default: return server_.respond(event.stream, "HTTP/1.1 200 OK\r\n\r\n", {body_, body_, body_});
        }
    }
    void take(const H2Body& event) {
        const auto stream = streams_.find(event.stream);
        if (stream == streams_.end()) std::abort();
        stream->second += event.bytes.size();
        if (stream->second > request_.body) std::abort();
        server_.feed(event.stream, body_);
    }
    void take(const H2End& event) { server_.finish(event.stream); }
    void take(const H2TooLarge& event) { server_.respond(event.stream, "HTTP/1.1 413 Too Large\r\n\r\n", {}); }
    void take(const H2Gone& event) {
        if (streams_.erase(event.stream) != 1) std::abort();
    }
    void take(const H2Closed&) { closed_ = true; }

    std::minstd_rand random_;
    base::Instant now_{std::chrono::seconds(1)};
    RequestLimits request_{.request_line = 256, .header_bytes = 512, .header_count = 20, .body = 300};
    H2Limits limits_{.streams = 5, .resets = 20, .controls = 50, .window_updates = 50};
    H2Server server_{request_, limits_};
    base::Bytes body_ = base::Bytes::copy_of(std::string(7000, 'x'));
    std::map<H2Stream, std::size_t> streams_;
    bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Driver driver(data[0]);
    driver.receive(base::as_bytes(preface));
    base::ByteView bytes(data + 1, size - 1);
    std::minstd_rand cuts(data[0]);
    while (!bytes.empty()) {
        const std::size_t piece = std::min<std::size_t>(bytes.size(), 1 + cuts() % 400);
        driver.receive(bytes.first(piece));
        bytes = bytes.subspan(piece);
    }
    return 0;
}
