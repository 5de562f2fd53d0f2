#include "package/iframes.hpp"

#include "format/cmaf_chunk.hpp"
#include "format/mp4_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

namespace weir::package::iframes {

namespace {

namespace m3u8 = format::m3u8;
using media::Ticks;
using stream::Segment;
using stream::SegmentIndex;
using stream::SegmentList;
using stream::SegmentRef;

constexpr std::uint32_t version = 8;  // EXT-X-GAP
constexpr Ticks shortest = Ticks::milliseconds(1);
constexpr std::uint64_t numbers_in_second = 1000;
constexpr std::size_t boxes_size = 256;  // no less than what is around the sample

/// The largest bit rate of adjacent keyframes that last 0.5 to 1.5 target durations together (RFC 8216bis 4.4.6.2).
std::uint64_t peak_bitrate(std::span<const Row> rows, Ticks target) {
    double peak = 0;
    for (std::size_t first = 0; first < rows.size(); ++first) {
        Ticks duration;
        std::size_t size = 0;
        for (const Row& row : rows.subspan(first)) {
            duration += row.duration;
            if (!row.part || duration * 2 > target * 3) break;
            size += row.size + boxes_size;
            // What is shorter counts as if it lasted half a target duration: it is fetched in no less.
            peak = std::max(peak, static_cast<double>(size) * 8 / std::max(duration, target / 2).to_seconds());
        }
    }
    return static_cast<std::uint64_t>(std::ceil(peak));
}

/// Rows of a gap have an address too, of which there is nothing.
std::string address(const SegmentIndex& index, const Segment& segment, const Row& row) {
    if (!row.part) return fmt::format("{}-{}.iframe.mp4", index.epoch, segment.sequence);
    return fmt::format("{}-{}-{}.iframe.mp4", index.epoch, segment.sequence, *row.part);
}

m3u8::Segment describe(const SegmentIndex& index, const Segment& segment, const Row& row, std::string_view suffix) {
    const base::WallTime wall = segment.wall + (row.start - segment.start).to_duration();
    return {.uri = address(index, segment, row) + std::string(suffix),
            .duration = row.duration,
            .discontinuity = segment.discontinuity && row.start == segment.start,
            .gap = !row.part,
            .map = segment.init != nullptr ? hls::init_address(*segment.init) + std::string(suffix) : "",
            .program_date_time = std::chrono::floor<std::chrono::milliseconds>(wall),
            .parts = {}};
}

}  // namespace

std::vector<Row> rows(const Segment& segment) {
    std::vector<Row> found;
    const Ticks end = segment.start + segment.duration;
    for (std::uint32_t i = 0; !segment.gap && i < segment.parts.size(); ++i) {
        const stream::Keyframe& keyframe = segment.parts[i].keyframe;
        if (keyframe.size == 0 || end - keyframe.time < shortest) continue;
        const Ticks before = found.empty() ? segment.start : found.back().start;
        const bool is_near = keyframe.time - before < shortest;
        if (is_near && !found.empty()) continue;
        if (!is_near && found.empty()) found.push_back({.start = segment.start, .duration = {}, .part = {}});
        found.push_back({.start = is_near ? before : keyframe.time, .duration = {}, .part = i, .size = keyframe.size});
    }
    if (found.empty()) found.push_back({.start = segment.start, .duration = {}, .part = {}});
    for (std::size_t i = 0; i < found.size(); ++i)
        found[i].duration = (i + 1 < found.size() ? found[i + 1].start : end) - found[i].start;
    return found;
}

std::uint64_t first_number(const Segment& segment) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(segment.start.to(numbers_in_second), 0));
}

std::string playlist(const SegmentIndex& index, const SegmentList& list, std::string_view suffix) {
    m3u8::MediaPlaylist playlist;
    playlist.version = version;
    playlist.independent_segments = true;
    playlist.iframes_only = true;
    playlist.target_duration = static_cast<std::uint32_t>(index.target_duration.to(1));
    playlist.ended = index.ended;
    playlist.media_sequence = list.first_iframe;
    if (!list.listed.empty()) {
        const Segment& first = *list.listed.front();
        // A player counts the tag before the first segment too.
        playlist.discontinuity_sequence = first.discontinuity_sequence - (first.discontinuity ? 1 : 0);
    }
    for (const SegmentRef& segment : list.listed)
        for (const Row& row : rows(*segment)) playlist.segments.push_back(describe(index, *segment, row, suffix));
    return m3u8::write(playlist);
}

std::optional<m3u8::IFrameVariant> variant(const SegmentIndex& index, const SegmentList& list,
                                           std::string_view suffix) {
    std::vector<Row> all;
    for (const SegmentRef& segment : list.listed) std::ranges::copy(rows(*segment), std::back_inserter(all));
    const std::uint64_t bandwidth = peak_bitrate(all, index.target_duration);
    if (bandwidth == 0) return std::nullopt;
    return m3u8::IFrameVariant{.uri = fmt::format("{}/iframes.m3u8{}", list.name, suffix),
                               .bandwidth = bandwidth,
                               .codecs = list.track.codec_string,
                               .width = list.track.width,
                               .height = list.track.height};
}

std::optional<hls::PartAddress> parse_address(std::string_view numbers) {
    return hls::parse_part_address(std::string(numbers) + ".m4s");
}

std::optional<Source> find_frame(const SegmentIndex& index, const SegmentList& list, const hls::PartAddress& address) {
    auto segment = hls::find_segment(index, list, {address.epoch, address.sequence});
    if (segment == nullptr) return std::nullopt;
    const auto all = rows(*segment);
    const auto row = std::ranges::find(all, std::optional(address.part), &Row::part);
    return row != all.end() ? std::optional(Source{std::move(segment), *row}) : std::nullopt;
}

base::Result<base::Bytes> write(const Source& source) {
    const Segment& segment = *source.segment;
    format::mp4::Reader reader;
    reader.receive(segment.init->bytes);
    for (const base::Bytes& bytes : segment.parts[*source.row.part].bytes) reader.receive(bytes);
    while (const auto event = TRY(reader.next())) {
        const auto* packet = std::get_if<media::Packet>(&*event);
        if (packet == nullptr || !packet->keyframe) continue;
        const format::cmaf::Sample sample{
            .decode = packet->dts, .presentation = packet->pts, .keyframe = true, .payload = packet->payload.view()};
        format::cmaf::ChunkWriter writer(segment.init->timescale);
        return writer.write({&sample, 1}, source.row.start + source.row.duration,
                            format::cmaf::Position::starts_segment);
    }
    return base::fail(base::ErrorKind::malformed, "the part has no keyframe");
}

}  // namespace weir::package::iframes
