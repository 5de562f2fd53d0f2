// The server's side of HTTP/2 on one connection (RFC 9113), on nghttp2: bytes and time in, requests out; answers in, bytes out. One
// mutation (`receive`, an answer), then drain `next_event`. Output is made only when it is asked for, and only so much of it, so that what
// a client does not take is not made. A body is slices of memory that is already there. `H2Closed` is the last event: what
// `take_output` still has is sent, and the connection closed. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "proto/http/h2_fields.hpp"
#include "proto/http/h2_limits.hpp"
#include "proto/http/h2_watch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::proto::http {

using H2Stream = std::int32_t;

/// A request's head has come, or is refused: either way it is owed an answer. Without `is_whole` its body follows.
struct H2Request {
    H2Stream stream;
    Parsed<Request> request;
    bool is_whole;
};
/// A piece of a body that was asked for.
struct H2Body {
    H2Stream stream;
    std::vector<std::uint8_t> bytes;
};
/// The request is complete.
struct H2End {
    H2Stream stream;
};
/// A body beyond its limit: an answer is owed, and nothing more comes of it.
struct H2TooLarge {
    H2Stream stream;
};
/// The stream is over: answered in full, or given up by either side.
struct H2Gone {
    H2Stream stream;
    bool is_answered;
    std::uint64_t sent;  ///< bytes of its answer's body
};
struct H2Closed {
    std::optional<H2Fault> fault;  ///< nothing: it is as it should be
};
using H2Event = std::variant<H2Request, H2Body, H2End, H2TooLarge, H2Gone, H2Closed>;

class H2Server {
  public:
    enum class Reset : std::uint8_t {
        cancelled,  ///< the answer does not come
        enough,     ///< the client takes nothing
    };

    H2Server(const RequestLimits& request, const H2Limits& limits);
    ~H2Server();
    H2Server(const H2Server&) = delete;
    H2Server& operator=(const H2Server&) = delete;

    /// Takes all of `bytes`; ignored after `H2Closed`.
    void receive(base::ByteView bytes, base::Instant now);
    [[nodiscard]] std::optional<H2Event> next_event();
    /// Appends frames to `out`, until there are `most` bytes of it or there is nothing to say now.
    void take_output(std::size_t most, std::vector<std::uint8_t>& out);

    /// A client that waits for "100 Continue" may send its body.
    void go_on(H2Stream stream);
    /// The answer: a head as HTTP/1.1 has it, and the whole body.
    void respond(H2Stream stream, std::string_view head, std::vector<base::Bytes> body);
    /// An answer whose body comes by `feed`, until `finish`.
    void respond(H2Stream stream, std::string_view head);
    void feed(H2Stream stream, base::Bytes bytes);
    void finish(H2Stream stream);
    void reset(H2Stream stream, Reset why);
    /// No more requests; those under way are answered. With a fault, not even these.
    void shut_down(std::optional<H2Fault> fault = {});

    /// Bytes of an answer's body that are not in frames yet.
    [[nodiscard]] std::size_t backlog(H2Stream stream) const noexcept;
    /// Bytes of an answer's body that are.
    [[nodiscard]] std::uint64_t sent(H2Stream stream) const noexcept;
    /// The client lets no more of this answer come.
    [[nodiscard]] bool is_window_shut(H2Stream stream) const noexcept;
    [[nodiscard]] bool is_in_header() const noexcept;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::proto::http
