// What the target of a push says while the log is sent to it, and what it is told for itself: goodbye, where the log ends. It owns the
// machine of the connection; how that ended it tells its owner when the hub lets go of it. Lives on its shard.
#pragma once

#include "base/limits.hpp"
#include "net/viewer_inbox.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "stream/push_plan.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace weir::endpoint {

/// What an end in the words of the protocol means to who tries again.
[[nodiscard]] constexpr stream::PushEnd push_end_of(base::ErrorKind kind) noexcept {
    return kind == base::ErrorKind::refused ? stream::PushEnd::refused : stream::PushEnd::transient;
}

class RtmpPushInbox final : public net::ViewerInbox {
  public:
    class Owner {
      public:
        virtual ~Owner() = default;
        /// The socket is closed. Once.
        virtual void left(stream::PushEnd how, const std::string& reason) = 0;
    };

    /// `machine` publishes; its output has been taken.
    RtmpPushInbox(proto::rtmp::ClientConnection machine, std::shared_ptr<Owner> owner)
        : machine_(std::move(machine)), owner_(std::move(owner)) {}
    ~RtmpPushInbox() override { owner_->left(how_, reason_); }
    RtmpPushInbox(const RtmpPushInbox&) = delete;
    RtmpPushInbox& operator=(const RtmpPushInbox&) = delete;

    [[nodiscard]] Reply receive(base::ByteView said, base::Now now) override {
        Reply reply;
        machine_.receive(said, now.instant);
        while (auto event = machine_.next_event()) {
            const auto* closed = std::get_if<proto::rtmp::ClientClosed>(&*event);
            if (closed == nullptr) continue;
            how_ = push_end_of(closed->kind);
            reason_ = closed->text;
            reply.wish = Wish::leave;
        }
        reply.words = machine_.take_output();
        return reply;
    }

    [[nodiscard]] base::Bytes farewell() override {
        how_ = stream::PushEnd::drained;
        reason_ = "nothing more comes of the stream";
        machine_.finish();
        return machine_.take_output();
    }

    [[nodiscard]] std::size_t most_unread() const noexcept override { return 64U << 10; }

  private:
    proto::rtmp::ClientConnection machine_;
    const std::shared_ptr<Owner> owner_;
    stream::PushEnd how_ = stream::PushEnd::transient;
    std::string reason_ = "the connection was lost, or the target was too slow";
};

}  // namespace weir::endpoint
