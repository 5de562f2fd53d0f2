// A viewer over WebSocket: its pings are answered, and so is its close. Everything else it sends is counted and dropped.
#pragma once

#include "net/viewer_input.hpp"
#include "proto/http/websocket.hpp"

namespace weir::endpoint {

class WebSocketViewer final : public net::ViewerInput {
  public:
    Answer receive(base::ByteView bytes) override;
    base::Bytes farewell() override;

  private:
    proto::http::websocket::ClientReader reader_;
};

}  // namespace weir::endpoint
