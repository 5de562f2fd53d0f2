#include "net/srt_socket.hpp"

#include "net/srt_options.hpp"
#include "net/srt_udp.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <utility>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::udp;
using base::ErrorKind;
using base::fail;

namespace {

template <typename T>
T option(int id, SRT_SOCKOPT which) noexcept {
    T value{};
    int size = sizeof value;
    srt_getsockflag(id, which, &value, &size);
    return value;
}

Flow flow_of(int error) noexcept {
    return error == SRT_EASYNCRCV || error == SRT_EASYNCSND ? Flow::blocked : Flow::broken;
}

char* characters(std::span<std::uint8_t> bytes) noexcept {
    return static_cast<char*>(static_cast<void*>(bytes.data()));
}
const char* characters(base::ByteView bytes) noexcept {
    return static_cast<const char*>(static_cast<const void*>(bytes.data()));
}

constexpr std::uint64_t count(std::int64_t value) noexcept { return value > 0 ? static_cast<std::uint64_t>(value) : 0; }

}  // namespace

SrtSocket::SrtSocket(SrtSocket&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

SrtSocket& SrtSocket::operator=(SrtSocket&& other) noexcept {
    if (this != &other) {
        close();
        id_ = std::exchange(other.id_, -1);
    }
    return *this;
}

base::Result<SrtSocket> SrtSocket::call(const SrtCall& call, const SrtLimits& limits) {
    SrtSocket socket(srt_create_socket());
    if (!socket.is_open()) return fail(ErrorKind::io, "no socket could be opened for SRT");
    const int id = socket.id();
    const bool is_set = srt_options::set_all(id, limits) && srt_options::set_latency(id, call.latency) &&
                        srt_options::set(id, SRTO_CONNTIMEO, static_cast<int>(call.timeout.count()));
    if (!is_set) return fail(ErrorKind::internal, "the SRT library does not take its options");
    if (!call.passphrase.empty() && !srt_options::set(id, SRTO_PASSPHRASE, call.passphrase))
        return fail(ErrorKind::malformed, "a passphrase of SRT has 10 to 79 characters");
    if (!call.stream_id.empty() && !srt_options::set(id, SRTO_STREAMID, call.stream_id))
        return fail(ErrorKind::malformed, "a stream id of SRT has at most 512 bytes");
    SrtUdp udp_socket = TRY(SrtUdp::towards(call.to, limits));
    if (srt_bind_acquire(id, udp_socket.socket()) == SRT_ERROR)
        return fail(ErrorKind::io, "no socket could be bound for SRT");
    udp_socket.release();
    if (srt_connect(id, call.to.data(), static_cast<int>(call.to.size())) == SRT_ERROR)
        return fail(ErrorKind::io, "the address cannot be reached over SRT");
    return socket;
}

SrtSocket::State SrtSocket::state() const noexcept {
    switch (srt_getsockstate(id_)) {
        case SRTS_CONNECTED: return State::connected;
        case SRTS_INIT:
        case SRTS_OPENED:
        case SRTS_CONNECTING: return State::connecting;
        default: return State::broken;
    }
}

int SrtSocket::rejection() const noexcept { return srt_getrejectreason(id_); }

bool SrtSocket::is_passphrase_refused() const noexcept {
    const int code = rejection();
    return code == SRT_REJ_BADSECRET || code == SRT_REJ_UNSECURE;
}

bool SrtSocket::is_unanswered() const noexcept {
    const int code = rejection();
    return code == SRT_REJ_TIMEOUT || code == SRT_REJ_UNKNOWN;
}

std::string SrtSocket::refusal() const {
    struct Row {
        int code;
        std::string_view text;
    };
    static constexpr Row rows[] = {
        {SRT_REJ_PEER, "the other side rejects the connection"},
        {SRT_REJ_BADSECRET, "the passphrase is not the other side's"},
        {SRT_REJ_UNSECURE, "one side encrypts and the other does not: give the same passphrase to both"},
        {SRT_REJ_VERSION, "the other side speaks another version of SRT"},
        {SRT_REJ_TIMEOUT, "nobody answers"},
        {SRT_REJ_UNKNOWN, "nobody answers"},
        {1400, "the other side does not understand the stream id"},
        {1401, "the other side asks for a key"},
        {1402, "the other side is at a limit"},
        {1403, "the other side does not allow it"},
        {1404, "the other side has no such stream"},
        {1409, "somebody else publishes that stream at the other side"},
    };
    const int code = rejection();
    for (const Row& row : rows)
        if (row.code == code) return std::string(row.text);
    return "the other side rejects the connection (code " + std::to_string(code) + ")";
}

SrtSocket::Received SrtSocket::receive(std::span<std::uint8_t> into) {
    const int got = srt_recvmsg(id_, characters(into), static_cast<int>(into.size()));
    if (got > 0) return {.size = static_cast<std::size_t>(got)};
    return {.flow = got == 0 ? Flow::broken : flow_of(srt_getlasterror(nullptr))};
}

Flow SrtSocket::send(base::ByteView message) {
    const int sent = srt_sendmsg2(id_, characters(message), static_cast<int>(message.size()), nullptr);
    return sent == SRT_ERROR ? flow_of(srt_getlasterror(nullptr)) : Flow::going;
}

SrtSocket::Unsent SrtSocket::unsent() const noexcept {
    Unsent unsent;
    std::size_t blocks = 0;
    const int span = srt_getsndbuffer(id_, &blocks, &unsent.bytes);
    if (span > 0) unsent.span = std::chrono::milliseconds(span);
    return unsent;
}

std::optional<SrtFigures> SrtSocket::measure() noexcept {
    constexpr int begin_anew = 1;
    SRT_TRACEBSTATS stats{};
    if (srt_bstats(id_, &stats, begin_anew) == SRT_ERROR) return std::nullopt;
    const auto microseconds = static_cast<std::int64_t>(stats.msRTT * 1000);
    return SrtFigures{.round_trip = std::chrono::microseconds(microseconds),
                      .latency = std::chrono::milliseconds(stats.msRcvTsbPdDelay),
                      .sent = count(stats.pktSentTotal),
                      .sent_lost = count(stats.pktSndLossTotal),
                      .retransmitted = count(stats.pktRetransTotal),
                      .received = count(stats.pktRecvTotal),
                      .received_lost = count(stats.pktRcvLossTotal),
                      .received_dropped = count(stats.pktRcvDropTotal),
                      .came_again = count(stats.pktRcvRetrans),
                      .sent_bytes = stats.byteSentTotal};
}

udp::endpoint SrtSocket::peer() const noexcept {
    udp::endpoint peer;
    auto size = static_cast<int>(peer.capacity());
    if (srt_getpeername(id_, peer.data(), &size) == SRT_ERROR) return {};
    return peer;
}

std::string SrtSocket::stream_id() const {
    std::string text(513, '\0');
    auto size = static_cast<int>(text.size());
    if (srt_getsockflag(id_, SRTO_STREAMID, text.data(), &size) == SRT_ERROR) return {};
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string SrtSocket::peer_version() const {
    const int version = option<int>(id_, SRTO_PEERVERSION);
    return std::to_string(version >> 16 & 0xFF) + '.' + std::to_string(version >> 8 & 0xFF) + '.' +
           std::to_string(version & 0xFF);
}

base::Duration SrtSocket::peer_latency() const noexcept {
    return std::chrono::milliseconds(option<int>(id_, SRTO_PEERLATENCY));
}

void SrtSocket::close() noexcept {
    if (id_ >= 0) srt_close(std::exchange(id_, -1));
}

}  // namespace weir::net
