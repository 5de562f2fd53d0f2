// A viewer over WebSocket: its pings are answered, and so is its close. Everything else it sends is counted and dropped.
#pragma once

#include "net/viewer_inbox.hpp"
#include "proto/http/websocket.hpp"

namespace weir::endpoint {

class WebSocketViewer final : public net::ViewerInbox {
  public:
    [[nodiscard]] Reply receive(base::ByteView said, base::Now now) override;
    [[nodiscard]] base::Bytes farewell() override;
    [[nodiscard]] std::size_t most_unread() const noexcept override {
        return proto::http::websocket::Limits{}.unread.bytes();
    }

  private:
    proto::http::websocket::ClientReader reader_;
};

}  // namespace weir::endpoint
