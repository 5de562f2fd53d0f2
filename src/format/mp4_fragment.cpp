#include "format/mp4_fragment.hpp"

#include "format/boxes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::format::mp4 {

namespace {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Ticks;

constexpr std::uint32_t non_sync_flag = 0x1'0000;

/// Reads the `traf` boxes of one fragment, one after the other.
class FragmentParser {
  public:
    FragmentParser(std::uint64_t position, std::span<const FileTrack> tracks, std::span<std::uint64_t> next_decode,
                   std::size_t most_samples)
        : position_(position),
          data_end_(position),
          tracks_(tracks),
          next_decode_(next_decode),
          most_samples_(most_samples) {}

    Result<void> read_traf(ByteView traf);
    [[nodiscard]] std::vector<SampleSpan> take() { return std::move(samples_); }

  private:
    /// What `tfhd` says for the runs that follow it.
    struct Header {
        std::uint32_t file_id = 0;
        std::uint64_t base = 0;
        SampleDefaults defaults;
    };
    Result<Header> read_tfhd(ByteView tfhd);
    Result<void> read_tfdt(ByteView tfdt, std::size_t track);
    Result<void> read_trun(ByteView trun, const Header& header, std::size_t track);
    Result<void> add(std::size_t track, const SampleDefaults& sample, std::int64_t composition_offset);
    [[nodiscard]] std::size_t index_of(std::uint32_t file_id) const noexcept;

    std::uint64_t position_;
    std::uint64_t data_end_;  ///< where the run before ended: a run without an offset goes on there
    std::span<const FileTrack> tracks_;
    std::span<std::uint64_t> next_decode_;
    std::size_t most_samples_;
    std::size_t seen_ = 0;  ///< samples, those of tracks that are passed over included
    std::vector<SampleSpan> samples_;
};

std::size_t FragmentParser::index_of(std::uint32_t file_id) const noexcept {
    const auto found = std::ranges::find(tracks_, file_id, &FileTrack::file_id);
    return static_cast<std::size_t>(found - tracks_.begin());
}

Result<void> FragmentParser::read_traf(ByteView traf) {
    const ByteView tfhd = TRY(boxes::find(traf, {"tfhd"}));
    const Header header = TRY(read_tfhd(tfhd));
    const std::size_t track = index_of(header.file_id);
    if (const auto tfdt = TRY(boxes::find_optional(traf, {"tfdt"}))) TRY(read_tfdt(*tfdt, track));
    data_end_ = header.base;
    boxes::BoxReader reader(traf);
    while (const auto box = TRY(reader.next()))
        if (box->type == "trun") TRY(read_trun(box->body, header, track));
    return {};
}

Result<FragmentParser::Header> FragmentParser::read_tfhd(ByteView tfhd) {
    ByteReader reader(tfhd);
    const auto box = TRY(boxes::read_full_box_header(reader));
    Header header;
    header.file_id = TRY(reader.u32());
    const std::size_t track = index_of(header.file_id);
    if (track < tracks_.size()) header.defaults = tracks_[track].defaults;
    // 0x1: an absolute base; 0x20000: this `moof`; else the end of the data of the `traf` before.
    header.base = box.flags & 0x1U ? TRY(reader.u64()) : box.flags & 0x2'0000U ? position_ : data_end_;
    if (box.flags & 0x2U) TRY(reader.skip(4));
    if (box.flags & 0x8U) header.defaults.duration = TRY(reader.u32());
    if (box.flags & 0x10U) header.defaults.size = TRY(reader.u32());
    if (box.flags & 0x20U) header.defaults.flags = TRY(reader.u32());
    return header;
}

Result<void> FragmentParser::read_tfdt(ByteView tfdt, std::size_t track) {
    ByteReader reader(tfdt);
    const auto box = TRY(boxes::read_full_box_header(reader));
    const std::uint64_t decode = box.version == 1 ? TRY(reader.u64()) : TRY(reader.u32());
    if (track < tracks_.size()) next_decode_[track] = decode;
    return {};
}

Result<void> FragmentParser::read_trun(ByteView trun, const Header& header, std::size_t track) {
    ByteReader reader(trun);
    const auto box = TRY(boxes::read_full_box_header(reader));
    const std::uint32_t count = TRY(reader.u32());
    if (box.flags & 0x1U)
        data_end_ =
            header.base + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(TRY(reader.u32()))});
    SampleDefaults defaults = header.defaults;
    std::optional<std::uint32_t> first_flags;
    if (box.flags & 0x4U) first_flags = TRY(reader.u32());
    // Each sample costs memory here, so the limit counts before the first; one without a field costs no byte of the box.
    seen_ += count;
    if (seen_ > most_samples_) return fail(ErrorKind::too_large, "an MP4 fragment has too many samples");
    for (std::uint32_t i = 0; i < count; ++i) {
        SampleDefaults sample = defaults;
        if (box.flags & 0x100U) sample.duration = TRY(reader.u32());
        if (box.flags & 0x200U) sample.size = TRY(reader.u32());
        if (box.flags & 0x400U) sample.flags = TRY(reader.u32());
        else if (i == 0 && first_flags) sample.flags = *first_flags;
        // Unsigned in version 0, where everybody writes it signed when it does not fit: 32 bits with a sign it is.
        const auto offset = box.flags & 0x800U ? static_cast<std::int32_t>(TRY(reader.u32())) : 0;
        TRY(add(track, sample, offset));
    }
    return {};
}

Result<void> FragmentParser::add(std::size_t track, const SampleDefaults& sample, std::int64_t composition_offset) {
    const std::uint64_t offset = data_end_;
    data_end_ += sample.size;
    if (track >= tracks_.size()) return {};
    constexpr std::uint64_t most_seconds = std::uint64_t{1} << 32;  // past any epoch, and well within `Ticks`
    const FileTrack& file = tracks_[track];
    const std::uint64_t decode = next_decode_[track];
    if (decode / file.timescale >= most_seconds) return fail(ErrorKind::malformed, "an MP4 decode time makes no sense");
    next_decode_[track] = decode + sample.duration;
    const auto at = static_cast<std::int64_t>(decode);
    const Ticks start = Ticks::from(at, file.timescale);
    samples_.push_back({
        .track = track,
        .offset = offset,
        .size = sample.size,
        .decode = start + file.shift,
        .presentation = Ticks::from(at + composition_offset, file.timescale) + file.shift,
        .duration = Ticks::from(at + sample.duration, file.timescale) - start,
        .sync = (sample.flags & non_sync_flag) == 0 || file.track.kind == media::Kind::audio,
    });
    return {};
}

}  // namespace

Result<std::vector<SampleSpan>> parse_moof(ByteView moof, std::uint64_t position, std::span<const FileTrack> tracks,
                                           std::span<std::uint64_t> next_decode, std::size_t most_samples) {
    FragmentParser parser(position, tracks, next_decode, most_samples);
    boxes::BoxReader reader(moof);
    while (const auto box = TRY(reader.next()))
        if (box->type == "traf") TRY(parser.read_traf(box->body));
    std::vector<SampleSpan> samples = parser.take();
    std::ranges::sort(samples, {}, [](const SampleSpan& sample) { return std::pair(sample.decode, sample.offset); });
    return samples;
}

}  // namespace weir::format::mp4
