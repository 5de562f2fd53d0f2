// What a server answers, as commands and messages (Adobe RTMP 1.0, 7.2): results, statuses, and what a player is told around the
// media that it gets. Free functions on the sending half of a connection.
#pragma once

#include "format/rtmp_serializer.hpp"
#include "proto/rtmp/command.hpp"
#include "proto/rtmp/sender.hpp"

#include <cstdint>
#include <string_view>

namespace weir::proto::rtmp {

/// The message stream that media is played on: a connection's first, since the bytes of a log are the same for all players.
inline constexpr std::uint32_t play_stream = format::rtmp::StreamWriter::stream_id;
/// Media that is played is cut into chunks of that size.
inline constexpr std::uint32_t play_chunk_size = format::rtmp::StreamWriter::chunk_size;

void answer(Sender& out, double transaction, amf0::Value object, amf0::Value result);
void say_status(Sender& out, std::uint32_t stream_id, Level level, std::string_view status, std::string_view text);

/// What stands before the first message of a log.
void say_play_starts(Sender& out);
/// What stands behind the last one: players take it for the end of the file.
void say_play_ends(std::string_view text, Sender& out);

}  // namespace weir::proto::rtmp
