// What real clients say (tests/wire/rtsp/README.md), to the server machine in pieces of any size.
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/server_connection.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace weir::proto::rtsp {
namespace {

struct Heard {
    Visitor visitor;
    bool is_publisher = false;
    std::string rung;
    std::size_t set_up = 0;
    std::size_t over_datagrams = 0;
    std::size_t media = 0;
    std::size_t reports = 0;
    bool has_started = false;
    std::string statuses;  ///< of the answers, in order
    std::string closed;
};

/// The name that the server of the capture gave the session.
std::string session_in(std::string_view capture) {
    constexpr std::string_view field = "\r\nSession: ";
    const std::size_t at = capture.find(field);
    if (at == std::string_view::npos) return "s1";
    const std::string_view name = capture.substr(at + field.size());
    return std::string(name.substr(0, name.find('\r')));
}

/// A server, and the answers of a driver that takes everything.
class Listener {
  public:
    explicit Listener(std::string session) : server_({.session = std::move(session), .nonce = "n1"}, now_) {}

    Heard listen(base::ByteView bytes, std::size_t step) {
        while (!bytes.empty()) {
            const std::size_t count = std::min(step, bytes.size());
            server_.receive(bytes.first(count), now_);
            bytes = bytes.subspan(count);
            while (auto event = server_.next_event()) std::visit([this](auto& what) { take(what); }, *event);
            hear_answers();
            heard_.set_up = std::max(heard_.set_up, server_.set_up().size());
        }
        return heard_;
    }

  private:
    void take(PublishRequested& event) {
        heard_.visitor = event.request->visitor;
        heard_.is_publisher = true;
        std::vector<TrackOffer> offers;
        constexpr std::string_view control = "a=control:";
        std::string_view rest = event.request->description;
        rest = rest.substr(rest.find("m="));  // not that of the session
        for (std::size_t at = 0; (at = rest.find(control)) != std::string_view::npos;) {
            rest.remove_prefix(at + control.size());
            offers.push_back({std::string(rest.substr(0, rest.find('\r'))), {}});
        }
        server_.accept_publish(std::move(offers), now_);
    }
    void take(PlayRequested& event) {
        heard_.visitor = event.request->visitor;
        heard_.rung = event.request->rung;
        server_.accept_play("v=0\r\n", {{"trackID=1", {}}, {"trackID=2", {}}}, now_);
    }
    void take(DatagramsRequested& event) {
        ++heard_.over_datagrams;
        EXPECT_EQ(event.client_ports.rtcp, event.client_ports.rtp + 1);
        server_.accept_datagrams({5000, 5001}, now_);
    }
    void take(StartRequested&) {
        heard_.has_started = true;
        server_.accept_start(std::chrono::seconds(10), now_);
    }
    void take(Paused&) {}
    void take(Media& event) { ++(event.is_control ? heard_.reports : heard_.media); }
    void take(Closed& event) { heard_.closed = event.text; }

    void hear_answers() {
        const base::Bytes output = server_.take_output();
        base::ByteView rest = output;
        while (const auto item = reader_.next(rest)) {
            if (!*item) return;
            heard_.statuses += std::to_string(std::get<Response>(**item).status) + ' ';
        }
    }

    base::Instant now_{};
    ServerConnection server_;
    Reader reader_{Limits{}};
    Heard heard_;
};

struct Case {
    const char* file;
    const char* client;
    const char* statuses;
    std::size_t over_datagrams = 0;
    std::size_t media = 0;
    std::size_t reports = 0;
    const char* closed = "";
};

constexpr const char* five = "200 200 200 200 200 ";
constexpr const char* with_goodbye = "200 200 200 200 200 200 ";
constexpr const char* with_pause = "200 200 200 200 200 200 200 ";

const Case publishers[] = {
    {"publish_ffmpeg", "Lavf59.27.100", with_goodbye, 0, 9, 2, "the publisher said goodbye"},
    {"publish_ffmpeg_udp", "Lavf59.27.100", with_goodbye, 2, 0, 0, "the publisher said goodbye"},
    {"publish_gst_rtspclientsink", "GStreamer/1.22.0", with_pause, 0, 102, 2, "the publisher said goodbye"},
};
const Case players[] = {
    {"play_ffplay", "Lavf59.27.100", five},
    {"play_ffplay_udp", "Lavf59.27.100", five, 2},
    {"play_mpv", "libmpv", five},
    {"play_gst_rtspsrc", "GStreamer/1.22.0", five, 2},
    {"play_gst_rtspsrc_tcp", "GStreamer/1.22.0", with_goodbye, 0, 0, 0, "the player said goodbye"},
};

void expect_heard(const Case& row, bool is_publisher) {
    const base::Bytes bytes = tests::read_capture(std::string("rtsp/") + row.file + ".bin");
    for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{13}, std::size_t{1448}}) {
        const Heard heard = Listener(session_in(base::as_text(bytes))).listen(bytes, step);
        EXPECT_EQ(heard.visitor.stream.text(), "live/demo") << row.file;
        EXPECT_EQ(heard.visitor.client, row.client) << row.file;
        EXPECT_EQ(heard.is_publisher, is_publisher) << row.file;
        EXPECT_EQ(heard.visitor.token, is_publisher ? "secret" : "") << row.file;
        EXPECT_EQ(heard.rung, is_publisher ? "" : "source") << row.file;
        EXPECT_EQ(heard.set_up, 2U) << row.file;
        EXPECT_TRUE(heard.has_started) << row.file;
        EXPECT_EQ(heard.statuses, row.statuses) << row.file << " by " << step;
        EXPECT_EQ(heard.over_datagrams, row.over_datagrams) << row.file;
        EXPECT_EQ(heard.media, row.media) << row.file << " by " << step;
        EXPECT_EQ(heard.reports, row.reports) << row.file << " by " << step;
        EXPECT_EQ(heard.closed, row.closed) << row.file << " by " << step;
    }
}

TEST(RtspCaptures, EveryPublisherThatPeopleUseIsUnderstood) {
    for (const Case& row : publishers) expect_heard(row, true);
}

TEST(RtspCaptures, EveryPlayerThatPeopleUseIsUnderstood) {
    for (const Case& row : players) expect_heard(row, false);
}

// VLC as Debian builds it has no other client of RTSP: one that sets up a whole stream as its only track.
TEST(RtspCaptures, AReceiverOfSatelliteTelevisionIsAnsweredInWords) {
    const base::Bytes bytes = tests::read_capture("rtsp/play_vlc_satip.bin");
    const Heard heard = Listener("s1").listen(bytes, 1);
    EXPECT_EQ(heard.visitor.stream.text(), "live/demo");
    EXPECT_EQ(heard.rung, "source");
    EXPECT_EQ(heard.set_up, 0U);
    EXPECT_EQ(heard.statuses, "404 ");
    EXPECT_EQ(heard.closed, "");
}

}  // namespace
}  // namespace weir::proto::rtsp
