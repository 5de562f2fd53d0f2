// What the target of a push over RTSP says while the log is sent to it, and what it is told for itself: goodbye, where the log ends. It
// owns the machine of the connection; how that ended it tells its owner when the hub lets go of it. Lives on its shard.
#pragma once

#include "net/viewer_inbox.hpp"
#include "proto/rtsp/client_connection.hpp"
#include "stream/push_plan.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace weir::endpoint {

class RtspPushInbox final : public net::ViewerInbox {
  public:
    class Owner {
      public:
        virtual ~Owner() = default;
        /// The socket is closed. Once.
        virtual void left(stream::PushEnd how, const std::string& reason) = 0;
    };

    /// `machine` publishes; its output has been taken.
    RtspPushInbox(proto::rtsp::ClientConnection machine, std::shared_ptr<Owner> owner)
        : machine_(std::move(machine)), owner_(std::move(owner)) {}
    ~RtspPushInbox() override { owner_->left(how_, reason_); }
    RtspPushInbox(const RtspPushInbox&) = delete;
    RtspPushInbox& operator=(const RtspPushInbox&) = delete;

    [[nodiscard]] Reply receive(base::ByteView said, base::Now now) override {
        Reply reply;
        machine_.receive(said, now.instant);
        machine_.tick(now.instant);  // its reports come often enough to keep the session alive by
        while (auto event = machine_.next_event()) {
            const auto* closed = std::get_if<proto::rtsp::ClientClosed>(&*event);
            if (closed == nullptr) continue;
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
    proto::rtsp::ClientConnection machine_;
    const std::shared_ptr<Owner> owner_;
    stream::PushEnd how_ = stream::PushEnd::transient;
    std::string reason_ = "the connection was lost, or the target was too slow";
};

}  // namespace weir::endpoint
