// The segment index as HLS: playlists (RFC 8216bis) and the addresses in them. Pure functions of an immutable index, callable
// from any thread; the same index gives the same text, so a caller may keep it for as long as it keeps the index.
// Addresses are relative to the playlist that has them:
//   /app/name/index.m3u8             multivariant_playlist
//   /app/name/{rendition}/index.m3u8         media_playlist
//   /app/name/{rendition}/init-HASH.mp4      find_init
//   /app/name/{rendition}/EPOCH-SEQUENCE.m4s find_segment
//   /app/name/{rendition}/EPOCH-SEQUENCE-PART.m4s find_part
#pragma once

#include "stream/segments.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::package::hls {

inline constexpr std::string_view content_type = "application/vnd.apple.mpegurl";
/// Of init segments and segments; by the rendition's kind.
[[nodiscard]] std::string_view content_type_of(media::Kind kind) noexcept;

/// `source` with the group `audio` beside it, then the rungs, highest first, with that of the re-encoded sound where there is
/// one. Sound alone where there is no video. Renditions that have had nothing for as long as their playlist reaches are left
/// out, and so is a source that is not offered. `suffix` is put behind the addresses in it ("?token=..."): already encoded
/// for a URI.
[[nodiscard]] std::string multivariant_playlist(const stream::SegmentIndex& index, std::string_view suffix = {});

/// What a delta update leaves out (RFC 8216bis 6.2.5.1): old segments, and of `v2` old date ranges too.
enum class Skip : std::uint8_t { none, yes, v2 };
/// Of a media playlist.
struct Form {
    std::string_view suffix = {};  ///< as above
    Skip skip = Skip::none;
};
[[nodiscard]] std::string media_playlist(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                         Form form = {});

/// What `_HLS_msn` and `_HLS_part` ask for.
struct Position {
    std::uint64_t sequence = 0;
    std::optional<std::uint32_t> part;  ///< none: the whole segment
    friend auto operator<=>(const Position&, const Position&) = default;
};
/// The playlist has it, or what comes after it, or is over.
[[nodiscard]] bool contains(const stream::SegmentIndex& index, const stream::SegmentList& list, Position position);
/// How little of a part that is being made is worth being sent by itself.
enum class Piece : std::uint8_t {
    any,    ///< whatever there is
    large,  ///< what is worth a write: much, or all there is but for the end
};
/// More than `slices` of the part at `position` are there while it is being made, or its segment is over.
[[nodiscard]] bool has_more(const stream::SegmentIndex& index, const stream::SegmentList& list, Position position,
                            std::size_t slices, Piece piece);

/// A strong entity tag, quotes included.
[[nodiscard]] std::string entity_tag(std::string_view text);

struct SegmentAddress {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    friend bool operator==(const SegmentAddress&, const SegmentAddress&) = default;
};
/// "1795341600-1795341607.m4s". Only what `print` writes is accepted: one object has one address.
[[nodiscard]] std::optional<SegmentAddress> parse_segment_address(std::string_view name) noexcept;
[[nodiscard]] std::string print(const SegmentAddress& address);

struct PartAddress {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    std::uint32_t part = 0;  ///< of its segment, from 0
    friend bool operator==(const PartAddress&, const PartAddress&) = default;
};
/// "1795341600-1795341607-3.m4s", likewise.
[[nodiscard]] std::optional<PartAddress> parse_part_address(std::string_view name) noexcept;
[[nodiscard]] std::string print(const PartAddress& address);

/// The hash in "init-0123456789abcdef.mp4".
[[nodiscard]] std::optional<std::string_view> parse_init_address(std::string_view name) noexcept;
[[nodiscard]] std::string init_address(const stream::InitSegment& init);

/// Null when there is none of that address, or a gap in its place. What left the playlist is found as long as RFC 8216 6.2.2 asks.
[[nodiscard]] stream::SegmentRef find_segment(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                              const SegmentAddress& address);
/// Null when there is none of that address (yet), or a gap in its place. It lives as long as the index.
[[nodiscard]] const stream::Part* find_part(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                            const PartAddress& address);
[[nodiscard]] std::shared_ptr<const stream::InitSegment> find_init(const stream::SegmentList& list,
                                                                   std::string_view hash);

}  // namespace weir::package::hls
