#include "format/cmaf_chunk.hpp"

#include "format/boxes.hpp"

#include <algorithm>
#include <cassert>

namespace weir::format::cmaf {

namespace {

using boxes::write_box;
using boxes::write_full_box;

constexpr std::uint32_t track_id = 1;

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

constexpr std::size_t box_header_size = 8;

}  // namespace

base::Bytes ChunkWriter::write(std::span<const Sample> samples, media::Ticks end, Position position) {
    assert(!samples.empty());
    std::size_t payload = 0;
    for (const Sample& sample : samples) payload += sample.payload.size();

    header_.clear();
    if (position == Position::starts_segment)
        write_box(header_, "styp", [&] {
            header_.text("cmfs");
            header_.u32(0);
            header_.text("cmfs");
            header_.text("msdh");
        });
    fill_rows(samples, end);
    write_moof(samples.front().decode.to(timescale_));
    header_.u32(static_cast<std::uint32_t>(box_header_size + payload));
    header_.text("mdat");

    base::Buffer chunk(header_.size() + payload);
    std::uint8_t* to = std::ranges::copy(header_.view(), chunk.span().data()).out;
    for (const Sample& sample : samples) to = std::ranges::copy(sample.payload, to).out;
    return std::move(chunk).freeze();
}

void ChunkWriter::fill_rows(std::span<const Sample> samples, media::Ticks end) {
    rows_.clear();
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const Sample& sample = samples[i];
        const std::int64_t decode = sample.decode.to(timescale_);
        const std::int64_t next = (i + 1 < samples.size() ? samples[i + 1].decode : end).to(timescale_);
        rows_.push_back({
            .duration = static_cast<std::uint32_t>(std::clamp<std::int64_t>(next - decode, 0, UINT32_MAX)),
            .size = static_cast<std::uint32_t>(sample.payload.size()),
            .flags = sample.keyframe ? sync_sample : non_sync_sample,
            .composition_offset = static_cast<std::int32_t>(sample.presentation.to(timescale_) - decode),
        });
    }
}

void ChunkWriter::write_moof(std::int64_t first_decode) {
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

    const std::size_t start = header_.size();
    std::size_t data_offset = 0;
    write_box(header_, "moof", [&] {
        write_full_box(header_, "mfhd", 0, 0, [&] { header_.u32(++sequence_); });
        write_box(header_, "traf", [&] {
            const std::uint32_t defaults = tfhd_flags | (durations_vary ? 0 : tfhd_duration);
            write_full_box(header_, "tfhd", 0, tfhd_base_is_moof | defaults, [&] {
                header_.u32(track_id);
                if (!durations_vary) header_.u32(last.duration);
                header_.u32(last.flags);
            });
            write_full_box(header_, "tfdt", 1, 0,
                           [&] { header_.u64(static_cast<std::uint64_t>(std::max<std::int64_t>(0, first_decode))); });
            data_offset = write_trun(fields);
        });
    });
    header_.patch_u32(data_offset, static_cast<std::uint32_t>(header_.size() - start + box_header_size));
}

/// Returns where the data offset is, which is known only behind `moof`.
std::size_t ChunkWriter::write_trun(std::uint32_t fields) {
    std::size_t data_offset = 0;
    write_full_box(header_, "trun", 1, fields, [&] {
        header_.u32(static_cast<std::uint32_t>(rows_.size()));
        data_offset = header_.size();
        header_.u32(0);
        if (fields & trun_first_flags) header_.u32(rows_.front().flags);
        for (const Row& row : rows_) {
            if (fields & trun_durations) header_.u32(row.duration);
            header_.u32(row.size);
            if (fields & trun_flags) header_.u32(row.flags);
            if (fields & trun_composition_offsets) header_.i32(row.composition_offset);
        }
    });
    return data_offset;
}

}  // namespace weir::format::cmaf
