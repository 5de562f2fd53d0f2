#include "proto/rtmp/server_answers.hpp"

#include "base/byte_writer.hpp"

#include <utility>

namespace weir::proto::rtmp {

namespace {

void say_data(Sender& out, std::initializer_list<amf0::Value> values) {
    base::ByteWriter body;
    for (const amf0::Value& value : values) {
        amf0::write(value, body);
    }
    out.message(ChunkStreamId::data, MessageType::amf0_data, 0, play_stream, body.view());
}

}  // namespace

void answer(Sender& out, double transaction, amf0::Value object, amf0::Value result) {
    out.command(0, {"_result", transaction, {std::move(object), std::move(result)}});
}

void say_status(Sender& out, std::uint32_t stream_id, Level level, std::string_view status, std::string_view text) {
    out.command(stream_id, {"onStatus", 0, {amf0::Null{}, information(level, status, text)}});
}

/// As Flash Media Server says it. Some players wait for the permission to look at samples, and some for the start of data.
void say_play_starts(Sender& out) {
    out.set_chunk_size(play_chunk_size);
    out.user_control(UserControl::stream_begin, play_stream);
    say_status(out, play_stream, Level::status, "NetStream.Play.Reset", "Playing and resetting.");
    say_status(out, play_stream, Level::status, "NetStream.Play.Start", "Started playing.");
    say_data(out, {"|RtmpSampleAccess", true, true});
    say_data(out, {"onStatus", amf0::Object().set("code", "NetStream.Data.Start")});
}

void say_play_ends(std::string_view text, Sender& out) {
    out.user_control(UserControl::stream_end, play_stream);
    say_status(out, play_stream, Level::status, "NetStream.Play.UnpublishNotify", text);
}

}  // namespace weir::proto::rtmp
