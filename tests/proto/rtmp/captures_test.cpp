// What real publishers sent (tests/wire/rtmp/README.md), fed to the server machine in pieces of any size.
#include "format/flv_body_parser.hpp"
#include "format/flv_metadata.hpp"
#include "proto/rtmp/server_connection.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace weir::proto::rtmp {

namespace {

struct Heard {
    std::optional<PublishRequest> request;
    std::size_t audio = 0;
    std::size_t video = 0;
    std::uint32_t last = 0;
    std::size_t metadata = 0;
    std::string codecs;  ///< in the order of their sequence headers
    bool unpublished = false;
    std::string closed;
    std::optional<PlayRequest> play;
    friend bool operator==(const Heard& a, const Heard& b) {
        return a.audio == b.audio && a.video == b.video && a.last == b.last && a.codecs == b.codecs &&
               a.closed == b.closed;
    }
};

class Listener {
  public:
    Heard listen(base::ByteView bytes, std::size_t step) {
        while (!bytes.empty()) {
            const std::size_t count = std::min(step, bytes.size());
            server_.receive(bytes.first(count), base::Instant{});
            bytes = bytes.subspan(count);
            while (auto event = server_.next_event()) {
                std::visit([this](auto& what) { take(what); }, *event);
            }
        }
        return heard_;
    }

  private:
    void take(PublishRequested& event) {
        heard_.request = *event.request;
        server_.accept_publish(std::chrono::seconds(10), base::Instant{});
    }
    void take(PlayRequested& event) {
        heard_.play = *event.request;
        server_.accept_play(base::Instant{});
    }
    void take(Paused&) {}
    void take(Media& event) {
        ++(event.kind == media::Kind::audio ? heard_.audio : heard_.video);
        heard_.last = event.timestamp;
        const auto parsed = bodies_.receive(format::flv::tag_type(event.kind), event.timestamp, event.body);
        ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
        if (parsed->has_value()) {
            if (const auto* config = std::get_if<format::flv::Config>(&**parsed)) {
                heard_.codecs += config->track.codec_string + " ";
            }
        }
    }
    void take(Metadata& event) {
        ++heard_.metadata;
        EXPECT_TRUE(format::flv::parse_metadata(event.body).has_value());
    }
    void take(Unpublished&) { heard_.unpublished = true; }
    void take(Closed& event) { heard_.closed = event.text; }

    ServerConnection server_{{}, base::Instant{}};
    format::flv::BodyParser bodies_;
    Heard heard_;
};

struct Case {
    const char* file;
    const char* client;
    std::size_t audio;
    std::size_t video;
    std::uint32_t last;
    bool says_goodbye;
};

const Case cases[] = {
    {"rtmp/ffmpeg.bin", "FMLE/3.0 (compatible; Lavf59.27.100)", 21, 8, 1064, true},
    {"rtmp/gst_rtmp2sink.bin", "LNX 10,0,32,18", 19, 8, 1088, true},
    {"rtmp/librtmp.bin", "", 19, 8, 1090, true},
    {"rtmp/obs.bin", "FMLE/3.0 (compatible; FMSc/1.0)", 40, 10, 882, false},
};

TEST(RtmpCaptures, EveryPublisherThatPeopleUseIsUnderstood) {
    for (const Case& row : cases) {
        const base::Bytes bytes = tests::read_capture(row.file);
        const Heard heard = Listener().listen(bytes, bytes.size());
        ASSERT_TRUE(heard.request) << row.file << ": " << heard.closed;
        EXPECT_EQ(heard.request->stream.text(), "live/demo") << row.file;
        EXPECT_EQ(heard.request->token, "secret") << row.file;
        EXPECT_EQ(heard.request->client, row.client) << row.file;
        EXPECT_EQ(heard.audio, row.audio) << row.file;
        EXPECT_EQ(heard.video, row.video) << row.file;
        EXPECT_EQ(heard.last, row.last) << row.file;
        EXPECT_GE(heard.metadata, 1U) << row.file;
        EXPECT_NE(heard.codecs.find("avc1."), std::string::npos) << row.file;
        EXPECT_NE(heard.codecs.find("mp4a.40.2"), std::string::npos) << row.file;
        EXPECT_EQ(heard.unpublished, row.says_goodbye) << row.file;
        EXPECT_EQ(heard.closed, "") << row.file;
        for (const std::size_t step : {std::size_t{1}, std::size_t{13}, std::size_t{1448}}) {
            EXPECT_TRUE(Listener().listen(bytes, step) == heard) << row.file << " by " << step;
        }
    }
}

struct PlayCase {
    const char* file;
    const char* client;
    const char* closed;
};

const PlayCase plays[] = {
    {"rtmp/play_ffmpeg.bin", "LNX 9,0,124,2", "the player said goodbye"},
    {"rtmp/play_gst_rtmp2src.bin", "LNX 10,0,32,18", ""},
    {"rtmp/play_librtmp.bin", "LNX 10,0,32,18", "the player said goodbye"},
    {"rtmp/play_vlc.bin", "LNX 9,0,124,2", ""},
};

TEST(RtmpCaptures, EveryPlayerThatPeopleUseIsUnderstood) {
    for (const PlayCase& row : plays) {
        const base::Bytes bytes = tests::read_capture(row.file);
        for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{13}, std::size_t{1448}}) {
            const Heard heard = Listener().listen(bytes, step);
            ASSERT_TRUE(heard.play) << row.file << ": " << heard.closed;
            EXPECT_EQ(heard.play->stream.text(), "live/demo") << row.file;
            EXPECT_EQ(heard.play->rung, "source") << row.file;
            EXPECT_EQ(heard.play->client, row.client) << row.file;
            EXPECT_EQ(heard.closed, row.closed) << row.file << " by " << step;
        }
    }
}

}  // namespace

}  // namespace weir::proto::rtmp
