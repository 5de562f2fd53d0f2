#include "worker/connection.hpp"

#include <cerrno>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weir::worker {

using base::ErrorKind;
using base::fail;
using base::Result;
using format::relay::Message;

namespace {

constexpr std::size_t read_size = 256U << 10;

}  // namespace

Connection::~Connection() { ::close(socket_); }

Result<std::optional<Message>> Connection::read() {
    while (true) {
        if (auto message = TRY(reader_.next())) return message;
        bytes_.resize(read_size);
        const ssize_t count = ::recv(socket_, bytes_.data(), bytes_.size(), 0);
        if (count == 0) return std::nullopt;
        if (count > 0) reader_.receive({bytes_.data(), static_cast<std::size_t>(count)});
        else if (errno != EINTR) return fail(ErrorKind::io, "the server cannot be read from");
    }
}

Result<void> Connection::write(const Message& message) {
    std::vector<iovec> parts;
    const std::vector<base::Bytes> chain = format::relay::write(message);
    parts.reserve(chain.size());
    for (const base::Bytes& bytes : chain) parts.push_back({const_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    std::size_t done = 0;
    while (done < parts.size()) {
        msghdr header{};
        header.msg_iov = &parts[done];
        header.msg_iovlen = parts.size() - done;
        const ssize_t sent = ::sendmsg(socket_, &header, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return fail(ErrorKind::closed, "the server has gone");
        auto left = static_cast<std::size_t>(sent);
        while (done < parts.size() && left >= parts[done].iov_len) left -= parts[done++].iov_len;
        if (done == parts.size()) break;
        parts[done].iov_base = static_cast<std::uint8_t*>(parts[done].iov_base) + left;
        parts[done].iov_len -= left;
    }
    return {};
}

}  // namespace weir::worker
