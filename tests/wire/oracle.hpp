// FFmpeg as an independent reader of what is written here: tests that ask it are skipped where it is not installed.
#pragma once

#include "format/mp4_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace weir::tests {

inline constexpr const char* picture = "-f lavfi -i testsrc2=size=320x180:rate={}:duration={}";
inline constexpr const char* sound = "-f lavfi -i sine=frequency=440:sample_rate={}:duration={}";
inline constexpr const char* h264 = "-c:v libx264 -preset veryfast -bf 2 -g 50";

/// What a command prints, standard error included.
inline std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        text.append(buffer.data(), count);
    pclose(pipe);
    return text;
}

/// Presentation times of a stream ("v:0"), in order of presentation.
inline std::vector<double> times_of(const std::string& path, const char* stream) {
    std::istringstream lines(output_of(
        fmt::format("ffprobe -v error -select_streams {} -show_entries packet=pts_time -of csv=p=0 {}", stream, path)));
    std::vector<double> times;
    for (double time = 0; lines >> time; lines.ignore(64, '\n')) times.push_back(time);
    std::ranges::sort(times);
    return times;
}

class Oracle : public testing::Test {
  protected:
    void SetUp() override {
        if (std::system("ffmpeg -version >/dev/null 2>&1 && ffprobe -version >/dev/null 2>&1") != 0)
            FAIL() << "FFmpeg is not installed: script/bootstrap test";
        std::string name = (std::filesystem::temp_directory_path() / "weir-oracle-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override {
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }

    /// A clip with B-frames and sound, as fragmented MP4; its packets.
    std::vector<media::Packet> make_clip(const std::string& video, const std::string& audio,
                                         media::TrackSetRef& tracks) {
        const std::string path = folder_ / "clip.mp4";
        const std::string said =
            output_of("ffmpeg -nostdin -v error -y " + video + " " + audio +
                      " -pix_fmt yuv420p -movflags frag_keyframe+delay_moov+default_base_moof " + path);
        EXPECT_EQ(said, "");
        std::ifstream file(path, std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        format::mp4::Reader reader;
        reader.receive(base::as_bytes(bytes));
        std::vector<media::Packet> packets;
        while (true) {
            auto event = reader.next();
            EXPECT_TRUE(event.has_value()) << event.error().text;
            if (!event || !*event) return packets;
            if (auto* packet = std::get_if<media::Packet>(&**event)) packets.push_back(std::move(*packet));
            else tracks = std::get<media::TrackSetRef>(**event);
        }
    }

    std::filesystem::path folder_;
};

}  // namespace weir::tests
