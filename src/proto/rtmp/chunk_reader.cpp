#include "proto/rtmp/chunk_reader.hpp"

#include <algorithm>
#include <cstring>

namespace weir::proto::rtmp {

namespace {

using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t first_allocation = 2048;
/// A message of format 3 behind one of format 0 repeats the timestamp as its delta. The specification and ffmpeg mean it
/// so; librtmp means "the same time again". No frame is as long as this, so a greater timestamp is librtmp's.
constexpr std::uint32_t longest_repeated_delta = 1000;

bool is_media(MessageType type) noexcept {
    return type == MessageType::audio || type == MessageType::video || type == MessageType::aggregate;
}

}  // namespace

ChunkReader::ChunkReader(const Limits& limits) noexcept
    : chunk_streams_(limits.chunk_streams),
      command_bytes_(limits.command.bytes()),
      media_bytes_(limits.command.bytes()),
      unfinished_limit_(2 * limits.command.bytes()) {}

void ChunkReader::allow_media(const Limits& limits) noexcept {
    media_bytes_ = limits.message.bytes();
    unfinished_limit_ = limits.unfinished.bytes();
    buffers_.emplace(limits.slab.bytes());
}

void ChunkReader::expect_little(const Limits& limits) noexcept {
    command_bytes_ = limits.said.bytes();
    media_bytes_ = limits.said.bytes();
    unfinished_limit_ = 2 * limits.said.bytes();
}

Result<void> ChunkReader::set_chunk_size(std::uint32_t size) {
    if (size == 0 || size > 0x7FFFFFFF) {
        return fail(ErrorKind::malformed, "the chunk size is out of range");
    }
    chunk_size_ = size;
    return {};
}

void ChunkReader::abort(std::uint32_t chunk_stream_id) noexcept {
    if (ChunkStream* stream = find(chunk_stream_id); stream != nullptr && stream->under_way) {
        (void)finish(*stream);
    }
}

Result<std::optional<Message>> ChunkReader::next(ByteView& input) {
    while (true) {
        if (!current_) {
            const std::optional<ChunkHeader> header = read_header(input);
            if (!header) {
                return std::nullopt;
            }
            ChunkStream* stream = TRY(begin_chunk(*header));
            current_ = static_cast<std::size_t>(stream - streams_.data());
            chunk_left_ = std::min(chunk_size_, stream->length - stream->received);
        }
        ChunkStream& stream = streams_[*current_];
        TRY(read_payload(stream, input));
        if (chunk_left_ > 0) {
            return std::nullopt;
        }
        current_.reset();
        if (stream.received == stream.length) {
            return finish(stream);
        }
    }
}

std::optional<ChunkHeader> ChunkReader::parse_header(ByteView bytes) const noexcept {
    const std::optional<ChunkHeader> basic = parse_basic_header(bytes);
    if (!basic) return std::nullopt;
    const ChunkStream* stream = find(basic->chunk_stream_id);
    const bool was_extended = stream != nullptr && stream->extended;
    return parse_chunk_header(bytes, *basic, was_extended ? std::optional(stream->time_field) : std::nullopt);
}

/// Reads a header from what was carried over and then from the input. Bytes that turn out to be payload stay carried.
std::optional<ChunkHeader> ChunkReader::read_header(ByteView& input) noexcept {
    const std::size_t before = carried_;
    ByteView bytes = input;
    if (before > 0) {
        const std::size_t count = std::min(input.size(), longest_chunk_header - before);
        std::copy_n(input.begin(), count, carry_.begin() + static_cast<std::ptrdiff_t>(before));
        bytes = ByteView(carry_).first(before + count);
    }
    const std::optional<ChunkHeader> header = parse_header(bytes);
    if (!header) {
        // Too few bytes for the longest header: all of them fit.
        if (before == 0) std::ranges::copy(input, carry_.begin());
        carried_ = static_cast<std::uint8_t>(bytes.size());
        input = {};
    } else if (header->size >= before) {
        input = input.subspan(header->size - before);
        carried_ = 0;
    } else {
        drop_carried(header->size);
    }
    return header;
}

void ChunkReader::drop_carried(std::size_t count) noexcept {
    std::copy(carry_.begin() + static_cast<std::ptrdiff_t>(count), carry_.begin() + carried_, carry_.begin());
    carried_ = static_cast<std::uint8_t>(carried_ - count);
}

Result<ChunkReader::ChunkStream*> ChunkReader::begin_chunk(const ChunkHeader& header) {
    ChunkStream* stream = find(header.chunk_stream_id);
    if (stream == nullptr) {
        // Some clients open a chunk stream with format 1, which leaves the message stream out.
        if (header.format > 1) {
            return fail(ErrorKind::malformed, "a chunk stream begins without a message header");
        }
        if (streams_.size() >= chunk_streams_) {
            return fail(ErrorKind::too_large, "the peer opens more chunk streams than allowed");
        }
        stream = &streams_.emplace_back();
        stream->id = header.chunk_stream_id;
    }
    if (!stream->under_way) {
        TRY(begin_message(*stream, header));
    } else if (header.format != 3) {
        return fail(ErrorKind::malformed, "a message begins before the one before it on its chunk stream is complete");
    }
    return stream;
}

Result<void> ChunkReader::begin_message(ChunkStream& stream, const ChunkHeader& header) const {
    if (header.format != 3) {
        stream.time_field = header.time;
        stream.extended = header.extended;
        stream.delta = header.time;
    }
    if (header.format == 0) {
        stream.timestamp = header.time;
        stream.delta = header.time <= longest_repeated_delta ? header.time : 0;
        stream.stream_id = header.stream_id;
    } else {
        stream.timestamp += stream.delta;
    }
    if (header.format <= 1) {
        stream.length = header.length;
        stream.type = header.type;
    }
    if (stream.length > (is_media(stream.type) ? media_bytes_ : command_bytes_)) {
        return fail(ErrorKind::too_large, "an RTMP message is larger than allowed");
    }
    stream.received = 0;
    stream.under_way = true;
    return {};
}

Result<void> ChunkReader::read_payload(ChunkStream& stream, ByteView& input) {
    const std::size_t carried = std::min<std::size_t>(carried_, chunk_left_);
    if (carried > 0) {
        TRY(append(stream, ByteView(carry_).first(carried), carried));
        drop_carried(carried);
    }
    const std::size_t count = std::min<std::size_t>(input.size(), chunk_left_);
    if (count > 0) {
        TRY(append(stream, input.first(count), input.size()));
        input = input.subspan(count);
    }
    return {};
}

/// `arrived` is how much there is of anything: memory is taken for twice that, never for what the header claims.
Result<void> ChunkReader::append(ChunkStream& stream, ByteView bytes, std::size_t arrived) {
    unfinished_ += bytes.size();
    if (unfinished_ > unfinished_limit_) {
        return fail(ErrorKind::too_large, "the peer leaves more messages unfinished than allowed");
    }
    if (stream.received + bytes.size() > stream.buffer.size()) {
        const std::size_t size =
            std::min<std::size_t>(stream.length, std::max(first_allocation, 2 * (stream.received + arrived)));
        base::Buffer larger = buffers_ ? buffers_->cut(size) : base::Buffer(size);
        std::ranges::copy(stream.buffer.span().first(stream.received), larger.span().begin());
        stream.buffer = std::move(larger);
    }
    std::memcpy(stream.buffer.span().data() + stream.received, bytes.data(), bytes.size());
    stream.received += static_cast<std::uint32_t>(bytes.size());
    chunk_left_ -= static_cast<std::uint32_t>(bytes.size());
    return {};
}

Message ChunkReader::finish(ChunkStream& stream) noexcept {
    unfinished_ -= stream.received;
    stream.under_way = false;
    Message message{stream.type, stream.timestamp, stream.stream_id, std::move(stream.buffer).freeze(stream.received)};
    stream.received = 0;
    return message;
}

ChunkReader::ChunkStream* ChunkReader::find(std::uint32_t id) noexcept {
    const auto found = std::ranges::find(streams_, id, &ChunkStream::id);
    return found == streams_.end() ? nullptr : &*found;
}

const ChunkReader::ChunkStream* ChunkReader::find(std::uint32_t id) const noexcept {
    const auto found = std::ranges::find(streams_, id, &ChunkStream::id);
    return found == streams_.end() ? nullptr : &*found;
}

}  // namespace weir::proto::rtmp
