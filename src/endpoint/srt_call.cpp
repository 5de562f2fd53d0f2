#include "endpoint/srt_call.hpp"

#include "base/clock.hpp"
#include "proto/srt/rejection.hpp"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace srt = proto::srt;
using asio::ip::udp;
using base::ErrorKind;
using std::chrono::milliseconds;

namespace {

constexpr base::Duration between_looks = milliseconds(20);

std::unexpected<SrtCallFailure> failed(ErrorKind kind, std::string text) {
    return std::unexpected(SrtCallFailure{kind, std::move(text)});
}

// By the code of a rejection: those of a server are HTTP's behind a thousand, those of the library are below.
ErrorKind kind_of(int code) noexcept {
    constexpr int library_codes = 1000;
    constexpr int server_faults = 1500;
    if (code == srt::code_of(srt::Rejection::not_found)) return ErrorKind::not_found;
    if (code == srt::code_of(srt::Rejection::overload) || code >= server_faults) return ErrorKind::io;
    return code >= library_codes ? ErrorKind::refused : ErrorKind::io;
}

SrtCallFailure failure_of(const net::SrtSocket& socket) {
    if (socket.is_passphrase_refused()) return {ErrorKind::refused, socket.refusal()};
    if (socket.is_unanswered()) return {ErrorKind::timed_out, socket.refusal()};
    return {kind_of(socket.rejection()), socket.refusal()};
}

}  // namespace

asio::awaitable<std::expected<net::SrtSocket, SrtCallFailure>> call_over_srt(asio::io_context& context,
                                                                             srt::Address address, SrtCallPolicy policy,
                                                                             base::Duration timeout) {
    const base::Instant due = base::read_clocks().instant + timeout;
    boost::system::error_code error;
    udp::resolver resolver(context);
    const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port),
                                                       asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return failed(ErrorKind::not_found, "no such host: " + error.message());
    std::string refusal = "the host has no address";
    std::optional<udp::endpoint> to;
    for (const auto& entry : found) {
        refusal = policy(entry.endpoint().address());
        if (refusal.empty()) to = entry.endpoint();
        if (to) break;
    }
    if (!to) co_return failed(ErrorKind::refused, std::move(refusal));
    const base::Duration left = due - base::read_clocks().instant;
    if (left < between_looks) co_return failed(ErrorKind::timed_out, "the name of the host was too long in coming");
    net::SrtCall call{.to = *to,
                      .stream_id = std::move(address.stream_id),
                      .passphrase = std::move(address.passphrase),
                      .timeout = std::chrono::duration_cast<milliseconds>(left)};
    if (address.latency) call.latency = *address.latency;
    auto socket = net::SrtSocket::call(call);
    if (!socket) co_return failed(socket.error().kind, std::string(socket.error().text));
    asio::steady_timer timer(context);
    while (socket->state() == net::SrtSocket::State::connecting) {
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    if (socket->state() == net::SrtSocket::State::broken) co_return std::unexpected(failure_of(*socket));
    co_return *std::move(socket);
}

}  // namespace weir::endpoint
