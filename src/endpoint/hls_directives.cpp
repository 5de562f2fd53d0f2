#include "endpoint/hls_directives.hpp"

#include <charconv>
#include <cmath>
#include <concepts>

namespace weir::endpoint {

namespace hls = package::hls;

namespace {

constexpr std::uint64_t most_segments_ahead = 2;
constexpr double most_seconds_ahead = 3;  // in parts: the advance part limit

template <std::unsigned_integral Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::uint64_t advance_part_limit(media::Ticks part_target) {
    const double seconds = part_target.to_seconds();
    return static_cast<std::uint64_t>(seconds > 0 && seconds < 1 ? std::ceil(most_seconds_ahead / seconds)
                                                                 : most_seconds_ahead);
}

}  // namespace

std::expected<HlsDirectives, std::string_view> parse_directives(const proto::http::Target& target) {
    HlsDirectives directives;
    const auto skip = target.parameter("_HLS_skip");
    if (skip == "YES") directives.skip = hls::Skip::yes;
    else if (skip == "v2") directives.skip = hls::Skip::v2;
    const auto sequence = target.parameter("_HLS_msn");
    const auto part = target.parameter("_HLS_part");
    if (!sequence && part) return std::unexpected("_HLS_part says nothing without _HLS_msn");
    if (!sequence) return directives;
    const auto number = parse_number<std::uint64_t>(*sequence);
    if (!number) return std::unexpected("_HLS_msn is not a number");
    directives.position = hls::Position{.sequence = *number, .part = {}};
    if (!part) return directives;
    directives.position->part = parse_number<std::uint32_t>(*part);
    if (!directives.position->part) return std::unexpected("_HLS_part is not a number");
    return directives;
}

bool is_too_far(const stream::SegmentIndex& index, const stream::SegmentList& list, hls::Position position) {
    if (index.ended || list.listed.empty()) return false;
    const std::uint64_t last = (list.ahead.empty() ? list.listed : list.ahead).back()->sequence;
    if (position.sequence > last + most_segments_ahead) return true;
    if (position.sequence <= last || !position.part) return false;
    const bool is_open = list.open != nullptr && list.open->sequence == position.sequence;
    return *position.part > (is_open ? list.open->parts.size() : 0) + advance_part_limit(index.part_target);
}

}  // namespace weir::endpoint
