#include "format/cmaf_chunk.hpp"

#include "format/boxes.hpp"

#include <algorithm>
#include <cassert>

namespace weir::format::cmaf {

namespace {

using boxes::write_box;
using boxes::write_full_box;

constexpr std::uint32_t track_id = 1;

constexpr std::size_t box_header_size = 8;

}  // namespace

base::Bytes ChunkWriter::write(std::span<const Sample> samples, media::Ticks end, Position position) {
    assert(!samples.empty());
    header_.clear();
    if (position == Position::starts_segment)
        write_box(header_, "styp", [&] {
            header_.text("cmfs");
            header_.u32(0);
            header_.text("cmfs");
            header_.text("msdh");
        });
    fill(samples, end);
    write_moof();
    const std::size_t payload = fragment_.payload();
    header_.u32(static_cast<std::uint32_t>(box_header_size + payload));
    header_.text("mdat");

    base::Buffer chunk(header_.size() + payload);
    std::uint8_t* to = std::ranges::copy(header_.view(), chunk.span().data()).out;
    for (const Sample& sample : samples) to = std::ranges::copy(sample.payload, to).out;
    return std::move(chunk).freeze();
}

void ChunkWriter::fill(std::span<const Sample> samples, media::Ticks end) {
    fragment_.clear();
    for (const Sample& sample : samples) {
        const std::int64_t decode = sample.decode.to(timescale_);
        fragment_.add({.decode = decode,
                       .composition_offset = sample.presentation.to(timescale_) - decode,
                       .duration = end.to(timescale_) - decode,
                       .size = sample.payload.size(),
                       .keyframe = sample.keyframe});
    }
}

void ChunkWriter::write_moof() {
    const std::size_t start = header_.size();
    std::size_t data_offset = 0;
    write_box(header_, "moof", [&] {
        write_full_box(header_, "mfhd", 0, 0, [&] { header_.u32(++sequence_); });
        data_offset = fragment_.write(track_id, header_);
    });
    header_.patch_u32(data_offset, static_cast<std::uint32_t>(header_.size() - start + box_header_size));
}

}  // namespace weir::format::cmaf
