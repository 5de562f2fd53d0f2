#include "package/hls.hpp"

#include "format/m3u8.hpp"
#include "package/hls_media.hpp"
#include "package/iframes.hpp"
#include "package/renditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <vector>

namespace weir::package::hls {

namespace {

namespace m3u8 = format::m3u8;
using stream::Segment;
using stream::SegmentIndex;
using stream::SegmentList;
using stream::SegmentRef;

constexpr std::uint32_t version = 7;  // what players look for beside fragmented MP4

std::string playlist_address(const SegmentList& list, std::string_view suffix) {
    return fmt::format("{}/index.m3u8{}", list.name, suffix);
}

m3u8::Rendition audio_rendition(const SegmentList& audio, std::string_view suffix) {
    return {.type = "AUDIO",
            .group = audio.name,
            .name = audio.track.language.empty() ? audio.name : audio.track.language,
            .language = audio.track.language,
            .channels = audio.track.channels != 0 ? std::to_string(audio.track.channels) : "",
            .is_default = true,
            .autoselect = true,
            .uri = playlist_address(audio, suffix)};
}

/// The segment of that number; they are listed without holes.
SegmentRef find_sequence(std::span<const SegmentRef> segments, std::uint64_t sequence) {
    if (segments.empty() || sequence < segments.front()->sequence ||
        sequence - segments.front()->sequence >= segments.size())
        return nullptr;
    return segments[sequence - segments.front()->sequence];
}

/// The segment of that number, wherever it stands: gaps too.
const Segment* find_sequence(const SegmentList& list, std::uint64_t sequence) {
    if (list.open != nullptr && list.open->sequence == sequence) return list.open.get();
    for (const auto* segments : {&list.ahead, &list.listed, &list.lingering})
        if (const SegmentRef found = find_sequence(*segments, sequence)) return found.get();
    return nullptr;
}

/// A number as `print` writes it: no sign, no leading zeros.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    return value;
}

/// What is between the two, or nothing.
std::optional<std::string_view> between(std::string_view text, std::string_view before,
                                        std::string_view after) noexcept {
    if (text.size() < before.size() + after.size() || !text.starts_with(before) || !text.ends_with(after))
        return std::nullopt;
    return text.substr(before.size(), text.size() - before.size() - after.size());
}

/// "EPOCH-SEQUENCE".
std::optional<SegmentAddress> parse_segment_numbers(std::string_view text) noexcept {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto epoch = parse_number(text.substr(0, dash));
    const auto sequence = parse_number(text.substr(dash + 1));
    if (!epoch || !sequence) return std::nullopt;
    return SegmentAddress{*epoch, *sequence};
}

}  // namespace

std::string_view content_type_of(media::Kind kind) noexcept {
    return kind == media::Kind::video ? "video/mp4" : "audio/mp4";
}

m3u8::Variant variant(const SegmentList& list, const SegmentList* audio, std::string uri) {
    m3u8::Variant variant{.uri = std::move(uri),
                          .bandwidth = list.peak_bitrate,
                          .average_bandwidth = list.average_bitrate,
                          .codecs = list.track.codec_string,
                          .width = list.track.width,
                          .height = list.track.height,
                          .frame_rate = list.track.frame_rate,
                          .audio = {}};
    if (audio != nullptr) {
        variant.bandwidth += audio->peak_bitrate;
        variant.average_bandwidth += audio->average_bitrate;
        variant.codecs += ',' + audio->track.codec_string;
        variant.audio = audio->name;
    }
    return variant;
}

std::string multivariant_playlist(const SegmentIndex& index, std::string_view suffix) {
    const auto videos = playable(index, media::Kind::video);
    const auto audios = playable(index, media::Kind::audio);
    m3u8::MultivariantPlaylist playlist{
        .version = version, .independent_segments = true, .renditions = {}, .variants = {}};
    for (const auto& lists : {videos, audios})
        for (const SegmentList* list : lists) playlist.independent_segments &= is_independent(*list);
    for (const SegmentList* audio : audios)
        if (std::ranges::any_of(videos, [&](const auto* video) { return audio_beside(*video, audios) == audio; }))
            playlist.renditions.push_back(audio_rendition(*audio, suffix));
    for (const SegmentList* video : videos)
        playlist.variants.push_back(variant(*video, audio_beside(*video, audios), playlist_address(*video, suffix)));
    for (const SegmentList* video : videos)
        if (auto trick = iframes::variant(index, *video, suffix)) playlist.iframes.push_back(std::move(*trick));
    if (videos.empty())
        for (const SegmentList* audio : audios)
            playlist.variants.push_back(variant(*audio, nullptr, playlist_address(*audio, suffix)));
    return m3u8::write(playlist);
}

std::string media_playlist(const SegmentIndex& index, const SegmentList& list, Form form) {
    return m3u8::write(describe(index, list, form));
}

bool contains(const SegmentIndex& index, const SegmentList& list, Position position) {
    if (index.ended) return true;
    if (list.listed.empty()) return false;
    const SegmentRef& newest = !list.ahead.empty() ? list.ahead.back() : list.listed.back();
    if (position.sequence < newest->sequence) return true;
    if (position.sequence == newest->sequence) {
        // A part that the segment has not is the first of the next one (RFC 8216bis 6.2.5.2).
        if (!position.part || *position.part < std::max<std::size_t>(newest->parts.size(), 1)) return true;
        position = {.sequence = position.sequence + 1, .part = 0};
    }
    return position.part && list.open != nullptr && position.sequence == list.open->sequence &&
           *position.part < list.open->parts.size();
}

namespace {

/// What a client has to gain by having a part early is the time that its bytes take on the way to it, and each write costs as much as many
/// bytes: a part goes out in two as a rule, all of it that is there shortly before its end, and the rest; a large one in more, a small
/// one as a whole.
constexpr std::size_t small_piece = 16 * 1024;
constexpr std::size_t large_piece = 128 * 1024;

std::size_t size_from(const stream::PartUnderWay& part, std::size_t slices) {
    std::size_t size = 0;
    for (const base::Bytes& slice : std::span(part.bytes).subspan(slices)) size += slice.size();
    return size;
}

/// As far as the pieces so far tell, the next is the last.
bool is_nearly_whole(const stream::PartUnderWay& part, media::Ticks target) {
    return (target - part.duration) * 2 < part.duration * 3 / static_cast<std::int64_t>(part.bytes.size());
}

bool is_worth_a_write(const stream::PartUnderWay& part, std::size_t slices, media::Ticks target) {
    const std::size_t size = size_from(part, slices);
    return size >= large_piece || (size >= small_piece && is_nearly_whole(part, target));
}

}  // namespace

bool has_more(const SegmentIndex& index, const SegmentList& list, Position position, std::size_t slices, Piece piece) {
    const stream::PartUnderWay& part = list.under_way;
    if (position.part == part.part && position.sequence == part.sequence && part.bytes.size() > slices &&
        (piece == Piece::any || is_worth_a_write(part, slices, index.part_target)))
        return true;
    const SegmentRef* const newest = !list.ahead.empty()    ? &list.ahead.back()
                                     : !list.listed.empty() ? &list.listed.back()
                                                            : nullptr;
    return newest != nullptr && (*newest)->sequence >= position.sequence;
}

std::string entity_tag(std::string_view text) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;  // FNV-1a
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
    return fmt::format("\"{:016x}\"", hash);
}

std::optional<SegmentAddress> parse_segment_address(std::string_view name) noexcept {
    const auto numbers = between(name, "", ".m4s");
    return numbers ? parse_segment_numbers(*numbers) : std::nullopt;
}

std::string print(const SegmentAddress& address) { return fmt::format("{}-{}.m4s", address.epoch, address.sequence); }

std::optional<PartAddress> parse_part_address(std::string_view name) noexcept {
    const auto numbers = between(name, "", ".m4s");
    const std::size_t dash = numbers ? numbers->rfind('-') : std::string_view::npos;
    if (dash == std::string_view::npos) return std::nullopt;
    const auto segment = parse_segment_numbers(numbers->substr(0, dash));
    const auto part = parse_number(numbers->substr(dash + 1));
    if (!segment || !part || *part > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return PartAddress{segment->epoch, segment->sequence, static_cast<std::uint32_t>(*part)};
}

std::string print(const PartAddress& address) {
    return fmt::format("{}-{}-{}.m4s", address.epoch, address.sequence, address.part);
}

std::optional<std::string_view> parse_init_address(std::string_view name) noexcept {
    const auto hash = between(name, "init-", ".mp4");
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (!hash || hash->empty() || !std::ranges::all_of(*hash, is_digit)) return std::nullopt;
    return hash;
}

std::string init_address(const stream::InitSegment& init) { return fmt::format("init-{}.mp4", init.hash); }

SegmentRef find_segment(const SegmentIndex& index, const SegmentList& list, const SegmentAddress& address) {
    if (address.epoch != index.epoch) return nullptr;
    for (const auto* segments : {&list.listed, &list.ahead, &list.lingering})
        if (SegmentRef segment = find_sequence(*segments, address.sequence)) return segment->gap ? nullptr : segment;
    return nullptr;
}

const stream::Part* find_part(const SegmentIndex& index, const SegmentList& list, const PartAddress& address) {
    if (address.epoch != index.epoch) return nullptr;
    const Segment* segment = find_sequence(list, address.sequence);
    if (segment == nullptr || address.part >= segment->parts.size()) return nullptr;
    const stream::Part& part = segment->parts[address.part];
    return part.gap ? nullptr : &part;
}

std::shared_ptr<const stream::InitSegment> find_init(const SegmentList& list, std::string_view hash) {
    const auto has_it = [&](const SegmentRef& segment) {
        return segment != nullptr && segment->init != nullptr && segment->init->hash == hash;
    };
    if (has_it(list.open)) return list.open->init;
    for (const auto* segments : {&list.listed, &list.ahead, &list.lingering})
        for (const SegmentRef& segment : *segments)
            if (has_it(segment)) return segment->init;
    return nullptr;
}

}  // namespace weir::package::hls
