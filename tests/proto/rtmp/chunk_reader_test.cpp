#include "proto/rtmp/chunk_reader.hpp"

#include "proto/rtmp/chunk_writer.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace weir::proto::rtmp {

namespace {

using tests::from_hex;
using tests::to_hex;

/// Every message as "type@timestamp/stream:payload", and at the end the kind of the error; `step` bytes come at a time.
std::string messages_of(base::ByteView bytes, std::size_t step, std::uint32_t chunk_size) {
    ChunkReader reader{Limits{}};
    (void)reader.set_chunk_size(chunk_size);
    std::string text;
    while (!bytes.empty()) {
        base::ByteView input = bytes.first(std::min(step, bytes.size()));
        bytes = bytes.subspan(input.size());
        while (true) {
            auto message = reader.next(input);
            if (!message) {
                return text + std::string(name(message.error().kind));
            }
            if (!*message) {
                break;
            }
            text += std::to_string(static_cast<int>((*message)->type)) + "@" + std::to_string((*message)->timestamp) +
                    "/" + std::to_string((*message)->stream_id) + ":" + to_hex((*message)->payload) + " ";
        }
    }
    return text;
}

struct Case {
    const char* name;
    const char* wire;
    const char* messages;
    std::uint32_t chunk_size = 4;
};

const Case cases[] = {
    {"format 0", "03 00 00 05 00 00 02 08 01 00 00 00 aa bb", "8@5/1:aabb "},
    {"an empty message", "03 00 00 05 00 00 00 08 01 00 00 00", "8@5/1: "},
    {"formats 1, 2 and 3 add to what came before",
     "03 00 00 05 00 00 02 08 01 00 00 00 a1 a2"
     "43 00 00 0a 00 00 01 09 b1"
     "83 00 00 02 c1"
     "c3 d1",
     "8@5/1:a1a2 9@15/1:b1 9@17/1:c1 9@19/1:d1 "},
    {"chunks are joined", "03 00 00 05 00 00 06 08 01 00 00 00 01 02 03 04 c3 05 06", "8@5/1:010203040506 "},
    {"a message that fills its last chunk", "03 00 00 05 00 00 04 08 01 00 00 00 01 02 03 04", "8@5/1:01020304 "},
    {"two messages interleave on two chunk streams",
     "03 00 00 05 00 00 06 08 01 00 00 00 01 02 03 04"
     "04 00 00 06 00 00 05 09 01 00 00 00 11 12 13 14"
     "c3 05 06 c4 15",
     "8@5/1:010203040506 9@6/1:1112131415 "},
    {"a chunk stream id of two bytes", "00 06 00 00 05 00 00 01 08 01 00 00 00 aa c0 06 bb", "8@5/1:aa 8@10/1:bb "},
    {"a chunk stream id of three bytes", "01 06 01 00 00 05 00 00 01 08 01 00 00 00 aa c1 06 01 bb",
     "8@5/1:aa 8@10/1:bb "},
    {"an extended timestamp, repeated as the specification has it",
     "03 ff ff ff 00 00 06 08 01 00 00 00 01 00 00 00 01 02 03 04 c3 01 00 00 00 05 06", "8@16777216/1:010203040506 "},
    {"an extended timestamp that is not repeated",
     "03 ff ff ff 00 00 06 08 01 00 00 00 01 00 00 00 01 02 03 04 c3 05 06", "8@16777216/1:010203040506 "},
    {"an extended timestamp that is not repeated, before payload that looks like its beginning",
     "03 ff ff ff 00 00 08 08 01 00 00 00 01 00 00 00 01 02 03 04 c3 01 00 00 08", "8@16777216/1:0102030401000008 "},
    {"such payload at the end of a message, with another message behind it",
     "03 ff ff ff 00 00 06 08 01 00 00 00 01 00 00 00 01 02 03 04 c3 01 00"
     "04 00 00 06 00 00 01 09 01 00 00 00 aa",
     "8@16777216/1:010203040100 9@6/1:aa "},
    {"the largest timestamp, and the wrap behind it",
     "03 ff ff ff 00 00 01 08 01 00 00 00 ff ff ff ff aa 83 00 00 03 bb", "8@4294967295/1:aa 8@2/1:bb "},
    {"an extended delta", "03 00 00 05 00 00 01 08 01 00 00 00 aa 83 ff ff ff 01 00 00 00 bb",
     "8@5/1:aa 8@16777221/1:bb "},
    {"exactly 0xFFFFFF is extended", "03 ff ff ff 00 00 01 08 01 00 00 00 00 ff ff ff aa", "8@16777215/1:aa "},
    {"format 3 behind format 0 repeats a small time as its delta (ffmpeg)",
     "03 00 00 17 00 00 01 08 01 00 00 00 aa c3 bb", "8@23/1:aa 8@46/1:bb "},
    {"format 3 behind format 0 does not double a stream time (librtmp)", "03 00 27 10 00 00 01 08 01 00 00 00 aa c3 bb",
     "8@10000/1:aa 8@10000/1:bb "},
    {"a chunk stream opened with format 1", "43 00 00 05 00 00 01 08 aa", "8@5/0:aa "},
    {"a chunk size of one", "03 00 00 05 00 00 03 08 01 00 00 00 01 c3 02 c3 03", "8@5/1:010203 ", 1},
    {"a chunk size of two thousand million", "03 00 00 05 00 00 03 08 01 00 00 00 01 02 03", "8@5/1:010203 ",
     0x7FFFFFFF},
    {"a chunk stream opened with format 2", "83 00 00 05", "malformed"},
    {"a chunk stream opened with format 3", "c3", "malformed"},
    {"a new message within another",
     "03 00 00 05 00 00 06 08 01 00 00 00 01 02 03 04 03 00 00 05 00 00 01 08 01 00 00 00", "malformed"},
    {"a claim of 16 MB", "03 00 00 05 ff ff ff 09 01 00 00 00 01", "too_large"},
    {"a command of 16 MB", "03 00 00 05 ff ff ff 14 01 00 00 00 01", "too_large"},
};

TEST(ChunkReader, MessagesComeOutWholeWhereverTheNetworkCutsThem) {
    for (const Case& row : cases) {
        for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{1000}}) {
            EXPECT_EQ(messages_of(from_hex(row.wire), step, row.chunk_size), row.messages)
                << row.name << ", by " << step;
        }
    }
}

TEST(ChunkReader, AChunkSizeOfZeroIsRefusedAndDoesNotHangTheServer) {
    ChunkReader reader{Limits{}};
    EXPECT_FALSE(reader.set_chunk_size(0));
    EXPECT_FALSE(reader.set_chunk_size(0x80000000));
    EXPECT_TRUE(reader.set_chunk_size(1));
}

TEST(ChunkReader, AnAbortedMessageLeavesRoomForTheNext) {
    ChunkReader reader{Limits{}};
    const auto first = from_hex("03 00 00 05 00 01 00 08 01 00 00 00");
    std::vector<std::uint8_t> bytes(first.begin(), first.end());
    bytes.resize(bytes.size() + 128, 0x11);
    base::ByteView input = bytes;
    ASSERT_FALSE(reader.next(input)->has_value());
    EXPECT_EQ(reader.unfinished_bytes(), 128U);
    reader.abort(3);
    reader.abort(99);
    EXPECT_EQ(reader.unfinished_bytes(), 0U);
    const auto second = from_hex("03 00 00 06 00 00 01 08 01 00 00 00 aa");
    input = second;
    const auto message = reader.next(input);
    ASSERT_TRUE(message && *message);
    EXPECT_EQ(to_hex((*message)->payload), "aa");
}

TEST(ChunkReader, AClaimIsNotMemory) {
    ChunkReader reader{Limits{}};
    reader.allow_media({});
    const std::size_t before = base::slab_bytes();
    for (int stream = 3; stream < 30; ++stream) {
        const auto header = from_hex("00 00 05 7f ff ff 09 01 00 00 00 aa");
        std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(stream)};
        bytes.insert(bytes.end(), header.begin(), header.end());
        base::ByteView input = bytes;
        ASSERT_TRUE(reader.next(input));
        // One byte of the chunk has come; end it, so that the next stream's header may follow.
        const std::vector<std::uint8_t> rest(127, 0);
        input = rest;
        ASSERT_TRUE(reader.next(input));
    }
    EXPECT_LT(base::slab_bytes() - before, std::size_t{27} * 4096);
}

TEST(ChunkReader, UnfinishedMessagesOnManyChunkStreamsAreBounded) {
    Limits limits;
    limits.unfinished = base::ByteCount(10'000);
    ChunkReader reader(limits);
    reader.allow_media(limits);
    ASSERT_TRUE(reader.set_chunk_size(4096));
    std::string error;
    for (std::uint8_t stream = 3; stream < 20 && error.empty(); ++stream) {
        const auto header = from_hex("00 00 05 00 20 00 09 01 00 00 00");
        std::vector<std::uint8_t> bytes{stream};
        bytes.insert(bytes.end(), header.begin(), header.end());
        bytes.resize(bytes.size() + 4096);
        base::ByteView input = bytes;
        if (const auto outcome = reader.next(input); !outcome) {
            error = outcome.error().text;
            EXPECT_EQ(stream, 5);
        }
    }
    EXPECT_NE(error, "");
}

TEST(ChunkReader, TooManyChunkStreamsAreRefused) {
    ChunkReader reader{Limits{}};
    for (std::uint32_t stream = 0; stream <= Limits().chunk_streams; ++stream) {
        const auto header = from_hex("00 00 05 00 00 00 09 01 00 00 00");
        std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(3 + stream)};
        bytes.insert(bytes.end(), header.begin(), header.end());
        base::ByteView input = bytes;
        EXPECT_EQ(reader.next(input).has_value(), stream < Limits().chunk_streams) << stream;
    }
}

/// The quickest of a few readings of a message cut into chunks of one byte.
std::chrono::nanoseconds time_of(std::size_t size) {
    ChunkWriter writer;
    writer.set_chunk_size(1);
    base::ByteWriter out;
    writer.write(ChunkStreamId::video, MessageType::video, 0, 1, std::vector<std::uint8_t>(size), out);
    auto quickest = std::chrono::nanoseconds::max();
    for (int i = 0; i < 5; ++i) {
        ChunkReader reader{Limits{}};
        reader.allow_media({});
        EXPECT_TRUE(reader.set_chunk_size(1));
        base::ByteView input = out.view();
        const auto start = std::chrono::steady_clock::now();
        const auto message = reader.next(input);
        quickest = std::min<std::chrono::nanoseconds>(quickest, std::chrono::steady_clock::now() - start);
        EXPECT_TRUE(message && *message && (*message)->payload.size() == size);
    }
    return quickest;
}

TEST(ChunkReader, AChunkSizeOfOneCostsTimeInProportion) {
    // Sixteen times the bytes: linear is 16, quadratic would be 256.
    EXPECT_LT(time_of(800'000), time_of(50'000) * 100);
}

struct WriterCase {
    const char* name;
    std::uint32_t chunk_size;
    std::uint32_t timestamp;
    std::size_t size;
};

const WriterCase writer_cases[] = {
    {"empty", 128, 0, 0},
    {"one chunk", 128, 40, 128},
    {"two chunks", 128, 40, 129},
    {"chunks of one byte", 1, 40, 300},
    {"large chunks", 65536, 40, 200'000},
    {"extended time, chunks", 128, 0xFFFFFF, 1000},
    {"the end of time", 128, 0xFFFFFFFF, 1000},
};

TEST(ChunkWriter, WhatIsWrittenIsReadTheSame) {
    for (const WriterCase& row : writer_cases) {
        std::vector<std::uint8_t> payload(row.size);
        for (std::size_t i = 0; i < payload.size(); ++i) {
            payload[i] = static_cast<std::uint8_t>(i * 7);
        }
        ChunkWriter writer;
        writer.set_chunk_size(row.chunk_size);
        base::ByteWriter out;
        writer.write(ChunkStreamId::video, MessageType::video, row.timestamp, 1, payload, out);
        ChunkReader reader{Limits{}};
        reader.allow_media({});
        ASSERT_TRUE(reader.set_chunk_size(row.chunk_size));
        base::ByteView input = out.view();
        const auto message = reader.next(input);
        ASSERT_TRUE(message && *message) << row.name;
        EXPECT_EQ((*message)->timestamp, row.timestamp) << row.name;
        EXPECT_TRUE((*message)->payload == base::Bytes::copy_of(payload)) << row.name;
        EXPECT_TRUE(input.empty()) << row.name;
    }
}

}  // namespace

}  // namespace weir::proto::rtmp
