#include "proto/rtmp/server_answers.hpp"

#include <utility>

namespace weir::proto::rtmp {

void answer(Sender& out, double transaction, amf0::Value object, amf0::Value result) {
    out.command(0, {"_result", transaction, {std::move(object), std::move(result)}});
}

void say_status(Sender& out, std::uint32_t stream_id, Level level, std::string_view status, std::string_view text) {
    out.command(stream_id, {"onStatus", 0, {amf0::Null{}, information(level, status, text)}});
}

/// No data messages (|RtmpSampleAccess, NetStream.Data.Start), which were for Flash: players of today take them for a track.
void say_play_starts(Sender& out) {
    out.set_chunk_size(play_chunk_size);
    out.user_control(UserControl::stream_begin, play_stream);
    say_status(out, play_stream, Level::status, "NetStream.Play.Reset", "Playing and resetting.");
    say_status(out, play_stream, Level::status, "NetStream.Play.Start", "Started playing.");
}

void say_play_ends(std::string_view text, Sender& out) {
    out.user_control(UserControl::stream_end, play_stream);
    say_status(out, play_stream, Level::status, "NetStream.Play.UnpublishNotify", text);
}

}  // namespace weir::proto::rtmp
