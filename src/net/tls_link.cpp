#include "net/tls_link.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace weir::net {

namespace {

/// A run of at least this many bytes is a record of its own; smaller ones share one.
constexpr std::size_t worth_a_record = 4 << 10;

Flow flow_of(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK ? Flow::blocked : Flow::broken; }

base::ByteView bytes_of(const iovec& run) noexcept {
    return {static_cast<const std::uint8_t*>(run.iov_base), run.iov_len};
}

/// Fills records from runs, most of them without a copy of its own.
class RecordWriter {
  public:
    RecordWriter(TlsChannel& channel, TlsBytes& out) noexcept : channel_(channel), out_(out) {}

    bool add(base::ByteView bytes) {
        while (!bytes.empty()) {
            if (size_ == 0 && bytes.size() >= worth_a_record) {
                const std::size_t whole = std::min(bytes.size(), TlsChannel::record_size);
                if (!channel_.send(bytes.first(whole), out_)) return false;
                bytes = bytes.subspan(whole);
                continue;
            }
            const std::size_t piece = std::min(bytes.size(), record_.size() - size_);
            std::memcpy(record_.data() + size_, bytes.data(), piece);
            size_ += piece;
            bytes = bytes.subspan(piece);
            if (size_ == record_.size() && !finish()) return false;
        }
        return true;
    }
    bool finish() {
        const bool done = size_ == 0 || channel_.send(base::ByteView(record_).first(size_), out_);
        size_ = 0;
        return done;
    }

  private:
    TlsChannel& channel_;
    TlsBytes& out_;
    std::size_t size_ = 0;
    std::array<std::uint8_t, TlsChannel::record_size> record_;
};

}  // namespace

TlsLink::TlsLink(std::unique_ptr<TlsChannel> channel, TlsCounts& counts, TlsLimits limits)
    : channel_(std::move(channel)), counts_(counts), limits_(limits) {
    counts_.connections.add();
    charge();
}

TlsLink::~TlsLink() { counts_.connections.subtract(); }

TlsLink::Sent TlsLink::send(int socket, std::span<const iovec> runs, Scratch& scratch) {
    if (const Flow flow = flush(socket); flow != Flow::going) return {0, flow};
    scratch.ciphertext.clear();
    const auto size = seal(runs, limits_.ahead.bytes(), scratch.ciphertext);
    if (!size) return {0, Flow::broken};
    return {*size, send_or_keep(socket, scratch.ciphertext)};
}

Flow TlsLink::receive(int socket, base::ByteView ciphertext, Scratch& scratch) {
    const TlsChannel::State before = channel_->state();
    scratch.plaintext.clear();
    scratch.ciphertext.clear();
    const TlsChannel::State now = channel_->receive(ciphertext, scratch.plaintext, scratch.ciphertext);
    if (now != before && before == TlsChannel::State::handshake && now != TlsChannel::State::failed) {
        counts_.handshakes.add();
        counts_.resumed.add(channel_->is_resumed() ? 1 : 0);
    }
    const Flow flow = send_or_keep(socket, scratch.ciphertext);
    // Keys may be asked for anew without end, and each time is answered.
    const bool takes_nothing = kept().size() > 2 * limits_.ahead.bytes();
    if (now != TlsChannel::State::failed && !takes_nothing) return flow;
    counts_.failed.add();
    return Flow::broken;
}

void TlsLink::say_end(int socket) {
    if (!kept().empty()) return;
    TlsBytes word;
    channel_->close(word);
    (void)::send(socket, word.data(), word.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::optional<std::size_t> TlsLink::seal(std::span<const iovec> runs, std::size_t most, TlsBytes& out) {
    RecordWriter records(*channel_, out);
    std::size_t size = 0;
    for (const iovec& run : runs) {
        const std::size_t piece = std::min(run.iov_len, most - size);
        if (!records.add(bytes_of(run).first(piece))) return std::nullopt;
        size += piece;
        if (size == most) break;
    }
    return records.finish() ? std::optional(size) : std::nullopt;
}

void TlsLink::keep(base::ByteView ciphertext) {
    if (ciphertext.empty()) return;
    kept_.insert(kept_.end(), ciphertext.begin(), ciphertext.end());
    charge();
}

void TlsLink::release(std::size_t size) {
    released_ += size;
    if (released_ < kept_.size()) return;
    kept_ = {};
    released_ = 0;
    charge();
}

Flow TlsLink::flush(int socket) {
    if (kept().empty()) return Flow::going;
    const ssize_t taken = ::send(socket, kept().data(), kept().size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0) return errno == EINTR ? flush(socket) : flow_of(errno);
    release(static_cast<std::size_t>(taken));
    return kept().empty() ? Flow::going : Flow::blocked;
}

Flow TlsLink::send_or_keep(int socket, base::ByteView ciphertext) {
    if (ciphertext.empty()) return kept().empty() ? Flow::going : Flow::blocked;
    if (!kept().empty()) {
        keep(ciphertext);
        return Flow::blocked;
    }
    const ssize_t taken = ::send(socket, ciphertext.data(), ciphertext.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno != EINTR && flow_of(errno) == Flow::broken) return Flow::broken;
    const base::ByteView rest = ciphertext.subspan(static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
    keep(rest);
    return rest.empty() ? Flow::going : Flow::blocked;
}

void TlsLink::charge() { charge_.set(limits_.session.bytes() + kept_.capacity()); }

}  // namespace weir::net
