// A small live stream as a server without fault would show it: a rendition of video and one of sound, whose versions and bytes a
// test may spoil before the checker sees them.
#pragma once

#include "checker/checker.hpp"
#include "format/cmaf_chunk.hpp"
#include "format/cmaf_init.hpp"
#include "package/source.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace weir::checker::test {

using namespace std::chrono_literals;
using media::Ticks;

/// Segments of four seconds, parts of one, ten frames a second; a discontinuity before segment 101.
class Show {
  public:
    struct Step {
        std::string address;
        std::string text;
        base::WallTime at;
        std::optional<Position> reload{};
        bool is_delta = false;  ///< of the same moment as the step before
    };

    static constexpr std::uint64_t first = 100;
    static constexpr std::uint64_t broken = 101;

    /// Eight segments and one part; then a part after the other until two more segments are whole.
    Show() {
        objects["v/init-1.mp4"] = text_of(format::cmaf::init_segment(video_, 90'000).value());
        objects["a/init-1.mp4"] = text_of(format::cmaf::init_segment(audio_, 48'000).value());
        for (std::uint64_t number = first; number < first + 12; ++number) make_segment(number);
        for (std::uint64_t parts = 33; parts <= 44; ++parts)
            for (const char* rendition : {"v", "a"})
                steps.push_back({.address = std::string(rendition) + "/index.m3u8",
                                 .text = playlist(rendition, parts),
                                 .at = start() + std::chrono::seconds(parts)});
        multivariant =
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"a/index.m3u8\"\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"a\"\nv/index.m3u8\n";
    }

    /// The step at which a rendition has so many parts, counted from the first of the stream.
    Step& step(std::string_view rendition, std::uint64_t parts) {
        return steps.at((parts - 33) * 2 + (rendition == "a" ? 1 : 0));
    }
    /// In one version, or in that and all later ones.
    void replace(Step& step, std::string_view from, std::string_view to) {
        const std::size_t at = step.text.find(from);
        ASSERT_NE(at, std::string::npos) << from << " is not in\n" << step.text;
        step.text.replace(at, from.size(), to);
    }
    void replace_all(std::string_view from, std::string_view to) {
        for (Step& step : steps)
            for (std::size_t at = step.text.find(from); at != std::string::npos;
                 at = step.text.find(from, at + to.size()))
                step.text.replace(at, from.size(), to);
    }
    void replace_from(std::string_view rendition, std::uint64_t parts, std::string_view from, std::string_view to) {
        for (; parts <= 44; ++parts)
            if (step(rendition, parts).text.find(from) != std::string::npos) replace(step(rendition, parts), from, to);
    }

    /// A playlist of `parts` parts of which the client has `skipped` segments already.
    [[nodiscard]] std::string playlist(std::string_view rendition, std::uint64_t parts,
                                       std::uint64_t skipped = 0) const {
        const std::uint64_t whole = parts / 4;
        const std::uint64_t oldest = whole > 8 ? whole - 8 : 0;
        std::string text = fmt::format(
            "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=1.0\n"
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0,HOLD-BACK=12.0,CAN-SKIP-UNTIL=24.0\n"
            "#EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
            first + oldest, first + oldest > broken ? 8 : 7);
        if (skipped != 0) text += fmt::format("#EXT-X-SKIP:SKIPPED-SEGMENTS={}\n", skipped);
        for (std::uint64_t index = oldest + skipped; index <= whole; ++index) text += segment(rendition, index, parts);
        const std::string other = rendition == "v" ? "a" : "v";
        const std::uint64_t last = parts - 1;
        return text + fmt::format(
                          "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}-{}.m4s\"\n"
                          "#EXT-X-RENDITION-REPORT:URI=\"../{}/index.m3u8\",LAST-MSN={},LAST-PART={}\n",
                          first + parts / 4, parts % 4, other, first + last / 4, last % 4);
    }

    std::vector<Step> steps;
    std::string multivariant;
    std::map<std::string, std::string> objects;

    static base::WallTime start() { return base::WallTime(1'800'000'000s); }

  private:
    static std::string text_of(const base::Bytes& bytes) { return std::string(base::as_text(bytes.view())); }

    [[nodiscard]] static std::string segment(std::string_view rendition, std::uint64_t index, std::uint64_t parts) {
        const std::uint64_t number = first + index;
        std::string text;
        if (number == broken) text += "#EXT-X-DISCONTINUITY\n";
        if (index * 4 >= parts) return text;
        text += "#EXT-X-MAP:URI=\"init-1.mp4\"\n";
        text += fmt::format("#EXT-X-PROGRAM-DATE-TIME:{:%Y-%m-%dT%H:%M:%S}.000Z\n",
                            fmt::gmtime(std::chrono::system_clock::to_time_t(
                                std::chrono::time_point_cast<std::chrono::system_clock::duration>(
                                    start() + std::chrono::seconds(index * 4)))));
        if (parts < index * 4 + 16)
            for (std::uint64_t part = 0; part < 4 && index * 4 + part < parts; ++part)
                text += fmt::format("#EXT-X-PART:DURATION=1.00000,URI=\"{}-{}.m4s\"{}\n", number, part,
                                    rendition == "a" || part == 0 ? ",INDEPENDENT=YES" : "");
        if (index < parts / 4) text += fmt::format("#EXTINF:4.00000,\n{}.m4s\n", number);
        return text;
    }

    void make_segment(std::uint64_t number) {
        for (const bool is_video : {true, false}) {
            format::cmaf::ChunkWriter& writer = is_video ? video_writer_ : audio_writer_;
            std::string whole;
            for (std::uint64_t part = 0; part < 4; ++part) {
                const std::string bytes = make_part(writer, is_video, (number - first) * 4 + part, part == 0);
                objects[fmt::format("{}/{}-{}.m4s", is_video ? "v" : "a", number, part)] = bytes;
                whole += bytes;
            }
            objects[fmt::format("{}/{}.m4s", is_video ? "v" : "a", number)] = whole;
        }
    }

    static std::string make_part(format::cmaf::ChunkWriter& writer, bool is_video, std::uint64_t second, bool starts) {
        using format::cmaf::Position;
        const base::Bytes key = package::test::video_payload(100, true);
        const base::Bytes other = package::test::video_payload(100, false);
        std::vector<format::cmaf::Sample> samples;
        for (std::int64_t frame = 0; frame < 10; ++frame) {
            const Ticks at = Ticks::from(static_cast<std::int64_t>(1'800'000'000 + second) * 10 + frame, 10);
            const bool is_key = !is_video || (starts && frame == 0);
            samples.push_back(
                {.decode = at, .presentation = at, .keyframe = is_key, .payload = (is_key ? key : other).view()});
        }
        const Ticks end = samples.back().decode + Ticks::from(1, 10);
        return text_of(writer.write(samples, end, starts ? Position::starts_segment : Position::within_segment));
    }

    media::Track video_ = package::test::video_track(1280);
    media::Track audio_ = package::test::audio_track(48'000);
    format::cmaf::ChunkWriter video_writer_{90'000};
    format::cmaf::ChunkWriter audio_writer_{48'000};
};

/// What a checker says that has watched it.
inline std::optional<Violation> watch(const Show& show, Checker::Settings settings = {}) {
    Checker checker(settings, [&](const std::string& address) -> std::optional<std::string> {
        const auto found = show.objects.find(address);
        return found != show.objects.end() ? std::optional(found->second) : std::nullopt;
    });
    checker.see_multivariant(show.multivariant);
    for (const Show::Step& step : show.steps) {
        if (step.is_delta) checker.see_delta(step.address, step.text);
        else (void)checker.see(step.address, step.text, {step.at, step.at}, step.reload);
        checker.see_multivariant(show.multivariant);
    }
    return checker.broken();
}

}  // namespace weir::checker::test
