#include "net/sender.hpp"

#include "net/tls_sender.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <liburing.h>
#include <sys/socket.h>

namespace weir::net {

namespace {

constexpr int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;

msghdr message_of(const SendRequest& request) noexcept {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(request.runs);  // sendmsg(2) only reads it
    message.msg_iovlen = request.run_count;
    return message;
}

class CallSender final : public Sender {
  public:
    void send(std::span<SendRequest> requests) override {
        for (SendRequest& request : requests) {
            const ssize_t sent = call(request);
            request.sent = static_cast<std::int32_t>(sent < 0 ? -errno : sent);
        }
    }
    [[nodiscard]] std::string_view name() const noexcept override { return "epoll"; }

  private:
    static ssize_t call(const SendRequest& request) noexcept {
        if (request.run_count == 1)
            return ::send(request.socket, request.runs->iov_base, request.runs->iov_len, send_flags);
        const msghdr message = message_of(request);
        return ::sendmsg(request.socket, &message, send_flags);
    }
};

// With MSG_DONTWAIT every send completes, or says EAGAIN, while it is submitted: after one system call all answers are there.
class RingSender final : public Sender {
  public:
    static constexpr unsigned entries = 512;

    static std::unique_ptr<RingSender> create() {
        auto sender = std::unique_ptr<RingSender>(new RingSender);
        const unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN;
        if (io_uring_queue_init(entries, &sender->ring_, flags) < 0) return nullptr;
        sender->open_ = true;
        io_uring_register_ring_fd(&sender->ring_);
        return sender;
    }
    ~RingSender() override {
        if (open_) io_uring_queue_exit(&ring_);
    }

    void send(std::span<SendRequest> requests) override {
        while (!requests.empty()) {
            const std::size_t count = std::min<std::size_t>(requests.size(), entries);
            submit(requests.first(count));
            requests = requests.subspan(count);
        }
    }
    [[nodiscard]] std::string_view name() const noexcept override { return "uring"; }

  private:
    RingSender() = default;

    void submit(std::span<SendRequest> requests) {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            SendRequest& request = requests[i];
            request.sent = -EAGAIN;
            io_uring_sqe* entry = io_uring_get_sqe(&ring_);
            if (request.run_count == 1) {
                io_uring_prep_send(entry, request.socket, request.runs->iov_base, request.runs->iov_len, send_flags);
            } else {
                messages_[i] = message_of(request);
                io_uring_prep_sendmsg(entry, request.socket, &messages_[i], send_flags);
            }
            io_uring_sqe_set_data64(entry, i);
        }
        std::size_t answered = 0;
        while (answered < requests.size()) {
            const int result = io_uring_submit_and_wait(&ring_, static_cast<unsigned>(requests.size() - answered));
            if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY) return;
            answered += reap(requests);
        }
    }

    std::size_t reap(std::span<SendRequest> requests) {
        unsigned head = 0;
        unsigned count = 0;
        io_uring_cqe* answer = nullptr;
        io_uring_for_each_cqe(&ring_, head, answer) {
            requests[io_uring_cqe_get_data64(answer)].sent = answer->res;
            ++count;
        }
        io_uring_cq_advance(&ring_, count);
        return count;
    }

    io_uring ring_{};
    bool open_ = false;
    std::array<msghdr, entries> messages_{};
};

}  // namespace

IoKind choose_io() {
    const char* forced = std::getenv("WEIR_IO");
    if (forced != nullptr && std::string_view(forced) == "epoll") return IoKind::epoll;
    return RingSender::create() != nullptr ? IoKind::uring : IoKind::epoll;
}

std::unique_ptr<Sender> create_sender(IoKind kind) {
    std::unique_ptr<Sender> sender;
    if (kind == IoKind::uring) sender = RingSender::create();
    if (sender == nullptr) sender = std::make_unique<CallSender>();
    return std::make_unique<TlsSender>(std::move(sender));
}

}  // namespace weir::net
