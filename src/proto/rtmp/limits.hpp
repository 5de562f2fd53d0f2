// What one RTMP connection may take: memory, time, and the sizes that its peer may choose.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <cstdint>

namespace weir::proto::rtmp {

using namespace base::literals;

struct Limits {
    base::ByteCount message = 8_MiB;      ///< one audio or video message
    base::ByteCount command = 64_KiB;     ///< any other message, and every message before a publish is accepted
    base::ByteCount unfinished = 12_MiB;  ///< messages under way on all chunk streams together
    base::ByteCount held = 256_KiB;       ///< what comes behind a publish that is not answered yet
    base::ByteCount slab = 31_KiB;        ///< of small messages, which share their memory
    base::ByteCount said = 4_KiB;         ///< one message of a player
    base::ByteCount talk = 64_KiB;        ///< what a player says in ten seconds
    std::uint32_t chunk_streams = 32;
    std::uint32_t message_streams = 16;  ///< createStream calls on one connection
    base::ByteCount smallest_window = 64_KiB;
    base::Duration handshake = std::chrono::seconds(10);  ///< from accept to the end of the handshake
    base::Duration setup = std::chrono::seconds(10);      ///< from the handshake, or the last publication, to the next
    base::Duration silence = std::chrono::seconds(10);    ///< the stream's `timeout` takes its place

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view closed = "the connection is closed, with the reason";
        constexpr std::string_view metric = "weir_rtmp_closed_total";
        visit("message", self.message, Limit{"one audio or video message", closed, metric});
        visit("command", self.command,
              Limit{"one command, and every message before a publish is accepted", closed, metric});
        visit("unfinished", self.unfinished,
              Limit{"messages under way on all chunk streams of a connection", closed, metric});
        visit("held", self.held, Limit{"bytes that come before a publish is answered", closed, metric});
        visit("slab", self.slab,
              Limit{"memory that the small messages of a publisher share", "the next is begun", "weir_slab_bytes"});
        visit("said", self.said, Limit{"one message of a player, once it plays", closed, metric});
        visit("talk", self.talk, Limit{"what a player says in ten seconds", closed, metric});
        visit("chunk_streams", self.chunk_streams, Limit{"chunk streams of a connection", closed, metric});
        visit("message_streams", self.message_streams, Limit{"streams created on a connection", closed, metric});
        visit("smallest_window", self.smallest_window,
              Limit{"the window that a peer may ask acknowledgements for", "the limit takes its place", ""});
        visit("handshake", self.handshake, Limit{"from accept to the end of the handshake", closed, metric});
        visit("setup", self.setup, Limit{"from the handshake to a publish or a play", closed, metric});
        visit("silence", self.silence, Limit{"a publisher without media; `timeout` of its stream", closed, metric});
    }
};

}  // namespace weir::proto::rtmp
