#include "endpoint/websocket_viewer.hpp"

namespace weir::endpoint {

namespace websocket = proto::http::websocket;

net::ViewerInbox::Reply WebSocketViewer::receive(base::ByteView said, base::Now) {
    reader_.receive(said);
    base::ByteWriter out;
    Reply reply;
    while (const auto event = reader_.next_event()) {
        if (event->kind == websocket::ClientEvent::Kind::closed) {
            websocket::write_close(event->code, out);
            reply.wish = Wish::leave;
            continue;
        }
        websocket::write_header(websocket::Opcode::pong, event->size, out);
        out.bytes(event->view());
    }
    reply.words = out.to_bytes();
    return reply;
}

base::Bytes WebSocketViewer::farewell() {
    base::ByteWriter out;
    websocket::write_close(websocket::CloseCode::normal, out);
    return out.to_bytes();
}

}  // namespace weir::endpoint
