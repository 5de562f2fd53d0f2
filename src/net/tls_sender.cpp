#include "net/tls_sender.hpp"

#include "net/tls_link.hpp"

#include <algorithm>
#include <cerrno>

namespace weir::net {

namespace {

/// iovec has no const; sending only reads it.
iovec run_of(base::ByteView bytes) noexcept { return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; }

}  // namespace

void TlsSender::send(std::span<SendRequest> requests) {
    while (!requests.empty()) {
        const auto first_tls = std::ranges::find_if(requests, [](const SendRequest& r) { return r.tls != nullptr; });
        const auto plain = static_cast<std::size_t>(first_tls - requests.begin());
        if (plain > 0) sender_->send(requests.first(plain));
        requests = requests.subspan(plain);
        while (!requests.empty() && requests.front().tls != nullptr) {
            seal(requests.front());
            requests = requests.subspan(1);
            if (ciphertext_.size() + TlsChannel::record_size >= buffer_size) flush();
        }
        flush();
    }
}

void TlsSender::seal(SendRequest& request) {
    const std::size_t offset = ciphertext_.size();
    if (!request.tls->kept().empty()) {
        sealed_.push_back({&request, offset, 0, 0});
        return;
    }
    if (ciphertext_.capacity() == 0) ciphertext_.reserve(buffer_size);
    const auto size = request.tls->seal({request.runs, request.run_count}, TlsChannel::record_size, ciphertext_);
    if (size) sealed_.push_back({&request, offset, ciphertext_.size() - offset, *size});
    else request.sent = -EPIPE;
}

void TlsSender::flush() {
    requests_.clear();
    runs_.clear();
    for (const Sealed& sealed : sealed_)
        runs_.push_back(run_of(sealed.size > 0 ? base::ByteView(ciphertext_).subspan(sealed.offset, sealed.size)
                                               : sealed.request->tls->kept()));
    for (std::size_t i = 0; i < sealed_.size(); ++i)
        requests_.push_back({.socket = sealed_[i].request->socket, .runs = &runs_[i], .run_count = 1});
    sender_->send(requests_);
    for (std::size_t i = 0; i < sealed_.size(); ++i) settle(sealed_[i], requests_[i].sent);
    sealed_.clear();
    ciphertext_.clear();
}

void TlsSender::settle(const Sealed& sealed, std::int32_t sent) {
    SendRequest& request = *sealed.request;
    if (sent < 0 && sent != -EAGAIN && sent != -EINTR) {
        request.sent = sent;
        return;
    }
    const auto taken = static_cast<std::size_t>(std::max(sent, 0));
    if (sealed.size > 0)
        request.tls->keep(base::ByteView(ciphertext_).subspan(sealed.offset + taken, sealed.size - taken));
    else request.tls->release(taken);
    request.sent = static_cast<std::int32_t>(sealed.plaintext);
    request.blocked = !request.tls->kept().empty();
}

}  // namespace weir::net
