// A pipeline with short clips at one end and a collector at the other. Clips are made by the ffmpeg program, read by our own
// reader, and flagged with boundaries as a stream would flag them.
#pragma once

#include "av/alive.hpp"
#include "av/decoder.hpp"
#include "base/bytes.hpp"
#include "format/mp4_reader.hpp"
#include "worker/pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::worker {

namespace relay = format::relay;
using media::Ticks;

struct Clip {
    media::TrackSetRef tracks;
    std::vector<media::Packet> packets;

    [[nodiscard]] std::vector<media::Packet> of(media::Kind kind) const {
        const media::Track* track = tracks->first(kind);
        std::vector<media::Packet> found;
        for (const media::Packet& packet : packets)
            if (track != nullptr && packet.track == track->id) found.push_back(packet);
        return found;
    }
    [[nodiscard]] Ticks end() const {
        Ticks end;
        for (const media::Packet& packet : packets) end = std::max(end, packet.pts + packet.duration);
        return end;
    }
    void shift(Ticks by) {
        for (media::Packet& packet : packets) {
            packet.dts += by;
            packet.pts += by;
        }
    }
    /// The first packet of each track says so.
    void break_off() {
        for (const media::Track& track : tracks->tracks)
            std::ranges::find(packets, track.id, &media::Packet::track)->discontinuity = true;
    }
};

/// Boundaries at keyframes, at least that far apart.
inline void flag_boundaries(Clip& clip, Ticks apart) {
    const bool has_video = clip.tracks->first(media::Kind::video) != nullptr;
    std::optional<Ticks> last;
    for (media::Packet& packet : clip.packets) {
        if (packet.track != (has_video ? media::video_track_id : media::audio_track_id) || !packet.keyframe) continue;
        if (last && packet.pts - *last < apart) continue;
        packet.segment_boundary = true;
        last = packet.pts;
    }
}

inline std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        text.append(buffer.data(), count);
    pclose(pipe);
    return text;
}

/// What `ffmpeg ARGUMENTS` makes, with a boundary every second where there is a keyframe.
inline Clip make_clip(const std::string& arguments) {
    const auto folder = std::filesystem::temp_directory_path();
    const std::string path = folder / ("weir-clip-" + std::to_string(getpid()) + ".mp4");
    EXPECT_EQ(output_of("ffmpeg -nostdin -v error -y " + arguments +
                        " -movflags frag_keyframe+delay_moov+default_base_moof " + path),
              "");
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(path);
    format::mp4::Reader reader;
    reader.receive(base::as_bytes(bytes));
    Clip clip;
    while (true) {
        auto event = reader.next();
        EXPECT_TRUE(event.has_value());
        if (!event || !*event) break;
        if (auto* packet = std::get_if<media::Packet>(&**event)) clip.packets.push_back(std::move(*packet));
        else clip.tracks = std::get<media::TrackSetRef>(**event);
    }
    std::ranges::sort(clip.packets, {},
                      [](const media::Packet& packet) { return std::pair(packet.dts, packet.track); });
    flag_boundaries(clip, Ticks::seconds(1));
    return clip;
}

inline relay::RungSetup rung(const std::string& name, std::uint32_t width, std::uint32_t height) {
    return {.name = name, .codec = "h264", .width = width, .height = height, .bitrate = 300'000, .preset = "ultrafast"};
}
inline relay::RungSetup sound_rung() {
    return {.name = "stereo", .kind = media::Kind::audio, .codec = "aac", .bitrate = 128'000};
}
inline relay::Setup setup_of(std::vector<relay::RungSetup> rungs) {
    return {.rungs = std::move(rungs), .keyframe = Ticks::seconds(2), .live = false};
}

/// What came out of a pipeline.
struct Made {
    std::map<int, std::vector<media::Packet>> packets;  ///< by rendition
    std::map<int, std::vector<media::Track>> tracks;    ///< each time they were told
    std::vector<std::string> remarks;
    std::vector<relay::Still> stills;
    relay::Report report;
};

class Rig {
  public:
    explicit Rig(const relay::Setup& setup, Limits limits = {})
        : pipeline_(std::make_unique<Pipeline>(
              setup, resident_, [this](const relay::Message& message) { collect(message); }, [] {}, limits)) {}

    void send(const relay::Message& message) { pipeline_->receive(message); }
    void send(const Clip& clip) {
        send(relay::Tracks{relay::source, clip.tracks});
        for (const media::Packet& packet : clip.packets) send(relay::Media{relay::source, packet});
    }
    /// Until everything has come out.
    void drain() {
        send(relay::Drain{});
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(drained_changed_.wait_for(lock, std::chrono::seconds(120), [this] { return drained_ > 0; }));
        --drained_;
    }
    [[nodiscard]] Made end() {
        made_.report = pipeline_->report();
        pipeline_.reset();
        return std::move(made_);
    }

  private:
    void collect(const relay::Message& message) {
        const std::lock_guard lock(mutex_);
        if (const auto* media = std::get_if<relay::Media>(&message))
            made_.packets[media->rendition].push_back(media->packet);
        if (const auto* tracks = std::get_if<relay::Tracks>(&message))
            made_.tracks[tracks->rendition].push_back(tracks->tracks->tracks.front());
        if (const auto* remark = std::get_if<relay::Remark>(&message)) made_.remarks.push_back(remark->text);
        if (const auto* still = std::get_if<relay::Still>(&message)) made_.stills.push_back(*still);
        if (std::holds_alternative<relay::Drained>(message)) {
            ++drained_;
            drained_changed_.notify_all();
        }
    }

    ResidentSize resident_;
    std::mutex mutex_;
    std::condition_variable drained_changed_;
    int drained_ = 0;
    Made made_;
    std::unique_ptr<Pipeline> pipeline_;
};

inline Made transcode(const Clip& clip, std::vector<relay::RungSetup> rungs) {
    Rig rig(setup_of(std::move(rungs)));
    rig.send(clip);
    rig.drain();
    return rig.end();
}

inline std::vector<Ticks> times(const std::vector<media::Packet>& packets) {
    std::vector<Ticks> times;
    for (const media::Packet& packet : packets) times.push_back(packet.pts);
    std::ranges::sort(times);
    return times;
}
inline std::vector<Ticks> boundaries(const std::vector<media::Packet>& packets) {
    std::vector<Ticks> times;
    for (const media::Packet& packet : packets) {
        if (!packet.segment_boundary) continue;
        EXPECT_TRUE(packet.keyframe);
        times.push_back(packet.pts);
    }
    return times;
}

/// Decode times rise, and are never later than what they lead to.
inline void expect_decodable_order(const std::vector<media::Packet>& packets) {
    for (std::size_t i = 0; i < packets.size(); ++i) {
        ASSERT_LE(packets[i].dts, packets[i].pts) << i;
        if (i > 0) ASSERT_LT(packets[i - 1].dts, packets[i].dts) << i;
    }
}

/// How many pictures an independent decoder finds, all of them of the track's size.
inline std::size_t decoded_pictures(const media::Track& track, const std::vector<media::Packet>& packets) {
    av::Decoder decoder;
    EXPECT_TRUE(decoder.open(track).has_value());
    std::size_t count = 0;
    const auto receive = [&] {
        while (true) {
            const auto frame = decoder.receive();
            EXPECT_TRUE(frame.has_value());
            if (!frame || !*frame) return;
            ++count;
        }
    };
    for (const media::Packet& packet : packets) {
        EXPECT_TRUE(decoder.send(packet).has_value());
        receive();
    }
    EXPECT_TRUE(decoder.drain().has_value());
    receive();
    return count;
}

}  // namespace weir::worker
