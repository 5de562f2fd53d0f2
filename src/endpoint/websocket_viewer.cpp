#include "endpoint/websocket_viewer.hpp"

namespace weir::endpoint {

namespace websocket = proto::http::websocket;

net::ViewerInput::Answer WebSocketViewer::receive(base::ByteView bytes) {
    reader_.receive(bytes);
    base::ByteWriter out;
    bool ends = false;
    while (const auto event = reader_.next_event()) {
        ends = event->kind == websocket::ClientEvent::Kind::closed;
        if (ends) {
            websocket::write_close(event->code, out);
            continue;
        }
        websocket::write_header(websocket::Opcode::pong, event->size, out);
        out.bytes(event->view());
    }
    return {.bytes = out.to_bytes(), .ends = ends};
}

base::Bytes WebSocketViewer::farewell() {
    base::ByteWriter out;
    websocket::write_close(websocket::CloseCode::normal, out);
    return out.to_bytes();
}

}  // namespace weir::endpoint
