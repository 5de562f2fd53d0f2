#include "format/flv_file.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::format::flv {

using tests::from_hex;
using tests::to_hex;

namespace {

struct Outcome {
    std::vector<Tag> tags;
    std::optional<base::Error> error;
};

/// Feeds `bytes` in pieces of `piece`.
Outcome read(base::ByteView bytes, std::size_t piece = SIZE_MAX, Limits limits = {}) {
    Outcome outcome;
    FileReader reader(limits);
    while (true) {
        const auto next = reader.next();
        if (!next) {
            outcome.error = next.error();
            return outcome;
        }
        if (*next) {
            outcome.tags.push_back(**next);
            continue;
        }
        if (bytes.empty()) return outcome;
        const base::ByteView front = bytes.first(std::min(piece, bytes.size()));
        reader.receive(front);
        bytes = bytes.subspan(front.size());
    }
}

constexpr const char* header = "464c5601 05 00000009 00000000";

base::Bytes file(const std::string& tags) { return from_hex(header + tags); }

}  // namespace

TEST(FlvFile, EveryTagOfAFileOfFfmpegIsRead) {
    const Outcome outcome = read(tests::read_capture("flv/x264_aac.flv"));
    EXPECT_FALSE(outcome.error.has_value());
    ASSERT_EQ(outcome.tags.size(), 49U);
    EXPECT_EQ(outcome.tags[0].type, TagType::script);
    EXPECT_EQ(outcome.tags[0].body.size(), 0x125U);
    EXPECT_EQ(outcome.tags[1].type, TagType::video);
    EXPECT_EQ(outcome.tags[2].type, TagType::audio);
    EXPECT_EQ(to_hex(outcome.tags[2].body), "af00118856e500");
}

TEST(FlvFile, ItDoesNotMatterHowTheBytesArrive) {
    const base::Bytes capture = tests::read_capture("flv/x264_aac.flv");
    const std::vector<Tag> whole = read(capture).tags;
    for (const std::size_t piece : {1U, 2U, 7U, 1000U}) EXPECT_EQ(read(capture, piece).tags, whole) << piece;
}

TEST(FlvFile, TimesAreRightInTheirUpperEightBitsToo) {
    struct Row {
        std::uint32_t time;
        const char* bytes;
    };
    // 0, 5 hours, 24.8 days, and the last millisecond of all.
    const Row rows[] = {
        {0, "00000000"}, {18'000'000, "12a88001"}, {2'142'720'000, "b750007f"}, {0xffffffff, "ffffffff"}};
    for (const Row& row : rows) {
        base::ByteWriter out;
        write_tag_header(TagType::audio, row.time, 2, out);
        EXPECT_EQ(to_hex(out.view()), "08000002" + to_hex(from_hex(row.bytes)) + "000000");
        out.u16(0xaf01);
        write_tag_trailer(2, out);
        const Outcome outcome = read(file(to_hex(out.view())));
        ASSERT_EQ(outcome.tags.size(), 1U);
        EXPECT_EQ(outcome.tags[0].timestamp, row.time);
    }
}

TEST(FlvFile, TheHeaderSaysWhatIsInTheFile) {
    base::ByteWriter out;
    write_file_header(true, true, out);
    EXPECT_EQ(to_hex(out.view()), to_hex(from_hex(header)));
    out.clear();
    write_file_header(false, true, out);
    write_file_header(true, false, out);
    EXPECT_EQ(to_hex(out.view()), "464c5601010000000900000000464c5601040000000900000000");
}

TEST(FlvFile, FilesAreReadAsTheyAreFound) {
    struct Row {
        const char* name;
        std::string bytes;
        std::size_t tags;
    };
    const std::string tag = "08 000002 00000000 000000 af01 0000000d";
    const Row rows[] = {
        {"a longer header", "464c5602 00 0000000b ffff 00000000" + tag, 1},
        {"sizes behind tags that lie", header + std::string("08 000002 00000000 000000 af01 ffffffff") + tag, 2},
        {"an unknown tag type", header + std::string("0f 000002 00000000 000000 0000 0000000d") + tag, 1},
        {"a stream id", header + std::string("08 000002 00000000 000001 af01 0000000d"), 1},
        {"an empty body", header + std::string("09 000000 00000000 000000 0000000b") + tag, 2},
        {"a last tag cut short", header + tag + "08 000009 00000000 000000 af01", 1},
        {"nothing", "", 0},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        for (const std::size_t piece : {std::size_t{1}, SIZE_MAX}) {
            const Outcome outcome = read(from_hex(row.bytes), piece);
            EXPECT_FALSE(outcome.error.has_value());
            EXPECT_EQ(outcome.tags.size(), row.tags);
        }
    }
}

TEST(FlvFile, WhatWasReadBeforeABadByteIsNotLost) {
    FileReader reader(Limits{16, 64});
    reader.receive(file("08 000002 00000000 000000 af01 0000000d 09 ffffff 00000000 000000"));
    EXPECT_EQ(to_hex(reader.next().value()->body), "af01");
    for (int i = 0; i < 2; ++i) {
        const auto next = reader.next();
        ASSERT_FALSE(next.has_value());
        EXPECT_EQ(next.error().kind, base::ErrorKind::too_large);
        reader.receive(from_hex("00"));
    }
}

TEST(FlvFile, WhatIsNoFlvIsRefused) {
    const std::pair<const char*, base::ErrorKind> rows[] = {
        {"504b0304 00 00000000", base::ErrorKind::malformed},
        {"464c5601 05 00000008", base::ErrorKind::malformed},
        {"464c5601 05 ffffffff", base::ErrorKind::too_large},
        {"464c5601 05 00000009 00000000 29 000002 00000000 000000", base::ErrorKind::unsupported},
    };
    for (const auto& [bytes, kind] : rows) {
        const Outcome outcome = read(from_hex(bytes), 1);
        ASSERT_TRUE(outcome.error.has_value()) << bytes;
        EXPECT_EQ(outcome.error->kind, kind) << bytes;
    }
}

}  // namespace weir::format::flv
