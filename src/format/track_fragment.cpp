#include "format/track_fragment.hpp"

#include "format/boxes.hpp"

#include <algorithm>

namespace weir::format {

namespace {

using boxes::write_box;
using boxes::write_full_box;

constexpr std::uint32_t sync_sample = 0x0200'0000;      ///< depends on no other
constexpr std::uint32_t non_sync_sample = 0x0101'0000;  ///< depends on others, is not a sync sample

constexpr std::uint32_t tfhd_duration = 0x8;
constexpr std::uint32_t tfhd_flags = 0x20;
constexpr std::uint32_t tfhd_base_is_moof = 0x2'0000;

constexpr std::uint32_t trun_data_offset = 0x1;
constexpr std::uint32_t trun_first_flags = 0x4;
constexpr std::uint32_t trun_durations = 0x100;
constexpr std::uint32_t trun_sizes = 0x200;
constexpr std::uint32_t trun_flags = 0x400;
constexpr std::uint32_t trun_composition_offsets = 0x800;

}  // namespace

void TrackFragment::clear() noexcept {
    rows_.clear();
    payload_ = 0;
}

void TrackFragment::add(const FragmentSample& sample) {
    const auto span = [](std::int64_t duration) {
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(duration, 0, UINT32_MAX));
    };
    if (rows_.empty()) first_decode_ = std::max<std::int64_t>(0, sample.decode);
    else rows_.back().duration = span(sample.decode - last_decode_);
    last_decode_ = sample.decode;
    rows_.push_back({
        .duration = span(sample.duration),
        .size = static_cast<std::uint32_t>(sample.size),
        .flags = sample.keyframe ? sync_sample : non_sync_sample,
        .composition_offset = static_cast<std::int32_t>(sample.composition_offset),
    });
    payload_ += sample.size;
}

std::size_t TrackFragment::write(std::uint32_t track_id, base::ByteWriter& out) const {
    const Row& first = rows_.front();
    const Row& last = rows_.back();
    const auto differs = [&](auto member) {
        return std::ranges::any_of(rows_, [&](const Row& row) { return row.*member != last.*member; });
    };
    const bool flags_vary =
        std::any_of(rows_.begin() + 1, rows_.end(), [&](const Row& row) { return row.flags != last.flags; });
    const bool durations_vary = differs(&Row::duration);
    const bool has_offsets = last.composition_offset != 0 || differs(&Row::composition_offset);
    const std::uint32_t fields = trun_data_offset | trun_sizes | (durations_vary ? trun_durations : 0) |
                                 (flags_vary ? trun_flags : 0) |
                                 (!flags_vary && first.flags != last.flags ? trun_first_flags : 0) |
                                 (has_offsets ? trun_composition_offsets : 0);
    std::size_t data_offset = 0;
    write_box(out, "traf", [&] {
        const std::uint32_t defaults = tfhd_flags | (durations_vary ? 0 : tfhd_duration);
        write_full_box(out, "tfhd", 0, tfhd_base_is_moof | defaults, [&] {
            out.u32(track_id);
            if (!durations_vary) out.u32(last.duration);
            out.u32(last.flags);
        });
        write_full_box(out, "tfdt", 1, 0, [&] { out.u64(static_cast<std::uint64_t>(first_decode_)); });
        data_offset = write_trun(fields, out);
    });
    return data_offset;
}

/// Returns where the data offset is.
std::size_t TrackFragment::write_trun(std::uint32_t fields, base::ByteWriter& out) const {
    std::size_t data_offset = 0;
    write_full_box(out, "trun", 1, fields, [&] {
        out.u32(static_cast<std::uint32_t>(rows_.size()));
        data_offset = out.size();
        out.u32(0);
        if (fields & trun_first_flags) out.u32(rows_.front().flags);
        for (const Row& row : rows_) {
            if (fields & trun_durations) out.u32(row.duration);
            out.u32(row.size);
            if (fields & trun_flags) out.u32(row.flags);
            if (fields & trun_composition_offsets) out.i32(row.composition_offset);
        }
    });
    return data_offset;
}

}  // namespace weir::format
