#include "format/relay.hpp"

#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::format::relay {

namespace {

std::string hex(const Message& message) {
    std::string text;
    for (const base::Bytes& slice : write(message)) text += tests::to_hex(slice);
    return text;
}

std::string without_spaces(std::string_view text) {
    std::string dense(text);
    std::erase(dense, ' ');
    return dense;
}

RungSetup rung() {
    return {.name = "480p",
            .kind = media::Kind::video,
            .codec = "h264",
            .width = 854,
            .height = 480,
            .bitrate = 1'200'000,
            .maximum_bitrate = 0x1'0000'0001,
            .preset = "veryfast",
            .profile = "main",
            .frame_rate = 3.0,
            .crf = 23,
            .device = "cpu"};
}

media::TrackSetRef tracks() {
    media::Track video{.id = 1,
                       .kind = media::Kind::video,
                       .codec = media::Codec::hevc,
                       .config = tests::from_hex("0164"),
                       .codec_string = "hvc1.1.6",
                       .width = 1920,
                       .height = 1080,
                       .frame_rate = 3.0,
                       .sample_rate = 0,
                       .channels = 0,
                       .announced_bitrate = 0x1'0000'0002,
                       .language = "de-CH"};
    media::Track audio{.id = 2,
                       .kind = media::Kind::audio,
                       .codec = media::Codec::aac,
                       .config = {},
                       .codec_string = {},
                       .width = 0,
                       .height = 0,
                       .frame_rate = 0,
                       .sample_rate = 48'000,
                       .channels = 6,
                       .announced_bitrate = 0,
                       .language = {}};
    return std::make_shared<media::TrackSet>(media::TrackSet{{std::move(video), std::move(audio)}});
}

media::Packet packet(base::Bytes payload) {
    return {.track = 1,
            .dts = media::Ticks(-2),
            .pts = media::Ticks(0x1'0000'0003),
            .duration = media::Ticks(5),
            .keyframe = true,
            .segment_boundary = false,
            .discontinuity = true,
            .payload = std::move(payload)};
}

Report report() {
    return {.frames = 1,
            .decode_errors = 2,
            .dropped = 3,
            .lag = 4,
            .memory = 5,
            .alive_frames = 6,
            .alive_packets = 7,
            .alive_contexts = 8,
            .rungs = {{.frames = 9,
                       .bytes = 10,
                       .dropped = 11,
                       .p50 = 12,
                       .p95 = 13,
                       .p99 = 14,
                       .queue_depth = 15,
                       .queue_limit = 16,
                       .speed = 17,
                       .on = true}}};
}

struct Case {
    const char* name;
    const char* wire;
    Message message;
};

const char* const hello_wire = "0000000e 01 0003 0009 7765697220302e312e";  // "weir 0.1."

const Case table[] = {
    {"hello", hello_wire, Hello{.version = 3, .program = "weir 0.1."}},
    {"setup",
     "00000066 02 01"
     "0004 34383070 00 0004 68323634 00000356 000001e0 0000000000124f80 0000000100000001"
     "0008 7665727966617374 0004 6d61696e 4008000000000000 00000017 0003 637075"
     "00000000541d3400 01 0000000000000400 00000002 8000000000000000 00",
     Setup{.rungs = {rung()},
           .keyframe = media::Ticks::seconds(2),
           .low_latency = true,
           .memory = 1024,
           .cores = 2,
           .live = false}},
    {"tracks",
     "00000077 03 00 02"
     "00000001 00 0004 68657663 00000002 0164 0008 687663312e312e36 00000780 00000438 4008000000000000"
     "00000000 00000000 0000000100000002 0005 64652d4348"
     "00000002 01 0003 616163 00000000 0000 00000000 00000000 0000000000000000 0000bb80 00000006"
     "0000000000000000 0000",
     Tracks{.rendition = 0, .tracks = tracks()}},
    {"media", "00000028 04 02 00000001 fffffffffffffffe 0000000100000003 0000000000000005 01 00 01 00000003 0a0b0c",
     Media{.rendition = 2, .packet = packet(tests::from_hex("0a0b0c"))}},
    {"media without a payload",
     "00000025 04 02 00000001 fffffffffffffffe 0000000100000003 0000000000000005 01 00 01 00000000",
     Media{.rendition = 2, .packet = packet({})}},
    {"a switch", "00000003 05 03 00", SwitchRung{.rendition = 3, .on = false}},
    {"drain", "00000001 06", Drain{}},
    {"drained", "00000001 07", Drained{}},
    {"report",
     "0000006f 08 0000000000000001 0000000000000002 0000000000000003 00000004 0000000000000005"
     "0000000000000006 0000000000000007 0000000000000008 01"
     "0000000000000009 000000000000000a 000000000000000b 0000000c 0000000d 0000000e 0000000f 00000010 00000011 01",
     report()},
    {"a remark", "00000006 09 02 0002 6869", Remark{.level = base::LogLevel::warning, .text = "hi"}},
    {"a wish for a picture", "00000005 0a 00000140", WantStill{.width = 320}},
    {"a picture", "00000010 0b 00000140 000000b4 00000003 ffd8ff",
     Still{.width = 320, .height = 180, .jpeg = tests::from_hex("ffd8ff")}},
    {"no picture", "0000000d 0b 00000000 00000000 00000000", Still{}},
    {"an address to fetch",
     "0000002e 0c 0003 613a2f 00 0000 01 000a 31302e302e302e302f38 000000000000000a 000000000000000b"
     "000000000000000c",
     Fetch{.url = "a:/",
           .networks = {"10.0.0.0/8"},
           .connect = media::Ticks(10),
           .silence = media::Ticks(11),
           .memory = 12}},
    {"files to fetch",
     "00000027 0c 0000 02 0001 61 0001 62 0002 2f6d 00 0000000000000000 0000000000000000 0000000000000000",
     Fetch{.files = {"a", "b"}, .folder = "/m"}},
    {"a source that answers", "0000000b 0d 0003 686c73 0001 78 0000", Connected{.protocol = "hls", .peer = "x"}},
    {"the end", "00000006 0e 05 0002 6e6f", Over{.kind = base::ErrorKind::timed_out, .text = "no"}},
};

/// The messages that follow a Hello, one a reader; or the error.
base::Result<std::optional<Message>> parse(std::string_view wire, Limits limits = {}) {
    Reader reader(limits);
    if (wire != hello_wire) {
        reader.receive(tests::from_hex(hello_wire));
        EXPECT_TRUE(reader.next().has_value());
    }
    reader.receive(tests::from_hex(wire));
    return reader.next();
}

TEST(Relay, WhatOneSideSaysIsWhatTheOtherHears) {
    for (const Case& row : table) {
        EXPECT_EQ(hex(row.message), without_spaces(row.wire)) << row.name;
        const auto heard = parse(row.wire);
        ASSERT_TRUE(heard && *heard) << row.name << ": " << (heard ? "more is wanted" : heard.error().text);
        EXPECT_EQ((*heard)->index(), row.message.index()) << row.name;
        EXPECT_EQ(hex(**heard), without_spaces(row.wire)) << row.name;
    }
}

TEST(Relay, MessagesArriveWholeWhereverTheSocketCutsThem) {
    std::vector<std::uint8_t> all;
    for (const Case& row : table) {
        const base::Bytes wire = tests::from_hex(row.wire);
        all.insert(all.end(), wire.begin(), wire.end());
    }
    for (std::size_t step = 1; step <= all.size(); ++step) {
        Reader reader;
        std::size_t heard = 0;
        for (base::ByteView rest = all; !rest.empty(); rest = rest.subspan(std::min(step, rest.size()))) {
            reader.receive(rest.first(std::min(step, rest.size())));
            for (auto next = reader.next(); next.value().has_value(); next = reader.next())
                EXPECT_EQ((*next)->index(), table[heard++].message.index());
        }
        ASSERT_EQ(heard, std::size(table)) << "in pieces of " << step;
    }
}

TEST(Relay, AFrameUnderWayCountsAsMediaFromItsFirstByteOn) {
    Reader reader;
    reader.receive(tests::from_hex(hello_wire));
    EXPECT_TRUE(reader.next().has_value());
    const std::size_t before = base::slab_bytes();
    const std::size_t size = Limits{}.frame.bytes();
    reader.receive(tests::from_hex("01000000 04"));
    EXPECT_EQ(base::slab_bytes() - before, size);
    EXPECT_FALSE(reader.next().value().has_value());
    reader.receive(tests::from_hex("010203"));
    EXPECT_EQ(base::slab_bytes() - before, size);
}

TEST(Relay, AFrameIsNotCopiedOnceItIsWhole) {
    Reader reader;
    reader.receive(tests::from_hex(hello_wire));
    EXPECT_TRUE(reader.next().has_value());
    const std::size_t before = base::slab_bytes();
    const base::Bytes picture = base::Bytes::copy_of(std::string(100'000, 'p'));
    const std::size_t picture_size = base::slab_bytes() - before;
    for (const base::Bytes& slice : write(Media{.rendition = 1, .packet = packet(picture)})) reader.receive(slice);
    const auto heard = reader.next();
    ASSERT_TRUE(heard && *heard);
    EXPECT_EQ(std::get<Media>(**heard).packet.payload, picture);
    EXPECT_LE(base::slab_bytes() - before, 2 * picture_size + 100) << "the picture and its frame";
}

TEST(Relay, APictureIsSharedAndNotCopiedOnItsWayToTheSocket) {
    const base::Bytes picture = base::Bytes::copy_of(std::string(100'000, 'p'));
    const auto slices = write(Media{.rendition = 1, .packet = packet(picture)});
    ASSERT_EQ(slices.size(), 2U);
    EXPECT_EQ(slices[1].data(), picture.data());
    EXPECT_EQ(slices[1].size(), picture.size());
}

TEST(Relay, ALargeRecordInTheMiddleOfAMessageStaysInItsPlace) {
    auto large = std::make_shared<media::TrackSet>(*tracks());
    large->tracks[0].config = base::Bytes::copy_of(std::string(3000, 'c'));
    const auto slices = write(Tracks{.rendition = 1, .tracks = large});
    EXPECT_EQ(slices.size(), 3U);
    Reader reader;
    reader.receive(tests::from_hex(hello_wire));
    EXPECT_TRUE(reader.next().has_value());
    for (const base::Bytes& slice : slices) reader.receive(slice);
    const auto heard = reader.next();
    ASSERT_TRUE(heard && *heard);
    EXPECT_EQ(std::get<Tracks>(**heard).tracks->tracks, large->tracks);
}

TEST(Relay, ALongRemarkDoesNotCostTheWorkerItsConnection) {
    const Message remark = Remark{.level = base::LogLevel::error, .text = std::string(100'000, 'x')};
    const auto heard = parse(hex(remark));
    ASSERT_TRUE(heard && *heard);
    EXPECT_EQ(std::get<Remark>(**heard).text.size(), Limits{}.text);
}

struct Refused {
    const char* name;
    const char* wire;
    base::ErrorKind kind;
    Limits limits{};
};

const Refused refused[] = {
    {"a frame that claims four gigabytes", "ffffffff 04", base::ErrorKind::too_large},
    {"a frame one byte over the limit", "00000009", base::ErrorKind::too_large, {.frame = base::ByteCount(8)}},
    {"a frame without a type", "00000000", base::ErrorKind::malformed},
    {"type 0", "00000001 00", base::ErrorKind::malformed},
    {"a type that does not exist", "00000001 0f", base::ErrorKind::malformed},
    {"a second hello", hello_wire, base::ErrorKind::malformed},
    {"a body cut short", "00000002 05 03", base::ErrorKind::malformed},
    {"a body with something behind it", "00000004 05 03 00 00", base::ErrorKind::malformed},
    {"a truth that is neither", "00000003 05 03 02", base::ErrorKind::malformed},
    {"a level of the journal that does not exist", "00000004 09 04 0000", base::ErrorKind::malformed},
    {"a text that claims more than the frame has", "00000005 09 01 0fff 78", base::ErrorKind::malformed},
    {"a text longer than allowed", "00000005 09 01 ffff 78", base::ErrorKind::too_large},
    {"a payload that claims four gigabytes",
     "00000026 04 02 00000001 0000000000000000 0000000000000000 0000000000000000 01 00 01 ffffffff 0a",
     base::ErrorKind::malformed},
    {"more tracks than allowed", "00000003 03 00 11", base::ErrorKind::too_large},
    {"more rungs than allowed", "00000002 02 03", base::ErrorKind::too_large, {.rungs = 2}},
    {"a codec that is not known", "0000000c 03 00 01 00000001 00 0002 7878", base::ErrorKind::unsupported},
    {"a codec string that would break out of a playlist's quotes",
     "00000037 03 00 01 00000001 00 0004 68323634 00000000 0003 612261 00000000 00000000 0000000000000000"
     "00000000 00000000 0000000000000000 0000",
     base::ErrorKind::malformed},
    {"a frame rate that is no number",
     "00000034 03 00 01 00000001 00 0004 68323634 00000000 0000 00000000 00000000 7ff8000000000000"
     "00000000 00000000 0000000000000000 0000",
     base::ErrorKind::malformed},
};

TEST(Relay, AWorkerThatWasTakenOverIsNotBelieved) {
    for (const Refused& row : refused) {
        Reader reader(row.limits);
        reader.receive(tests::from_hex("00000005 01 0003 0000"));
        ASSERT_TRUE(reader.next().has_value()) << row.name;
        reader.receive(tests::from_hex(row.wire));
        auto heard = reader.next();
        ASSERT_FALSE(heard.has_value()) << row.name;
        EXPECT_EQ(heard.error().kind, row.kind) << row.name << ": " << heard.error().text;
        reader.receive(tests::from_hex("00000001 07"));
        EXPECT_FALSE(reader.next().has_value()) << row.name << ": an error is the last word";
    }
}

TEST(Relay, WhatWasSaidBeforeABrokenMessageIsHeard) {
    Reader reader;
    reader.receive(tests::from_hex(without_spaces(hello_wire) + "0000000107" + "00000000"));
    EXPECT_TRUE(std::holds_alternative<Hello>(**reader.next()));
    EXPECT_TRUE(std::holds_alternative<Drained>(**reader.next()));
    EXPECT_FALSE(reader.next().has_value());
}

TEST(Relay, ProgramsOfTwoVersionsPartInWords) {
    struct Row {
        const char* name;
        const char* wire;
    };
    const Row rows[] = {
        {"the next version", "00000005 01 0004 0000"},
        {"the next version, whose Hello is another", "00000008 01 0004 ffffffffff"},
        {"no number", "00000002 01 00"},
        {"no Hello at all", "00000001 06"},
    };
    for (const Row& row : rows) {
        Reader reader;
        reader.receive(tests::from_hex(row.wire));
        const auto heard = reader.next();
        ASSERT_FALSE(heard.has_value()) << row.name;
        EXPECT_FALSE(heard.error().text.empty()) << row.name;
        EXPECT_EQ(heard.error().text.contains("version"), std::string_view(row.name).starts_with("the next"))
            << row.name;
    }
}

}  // namespace

}  // namespace weir::format::relay
