#include "checker/media.hpp"

#include <algorithm>
#include <string_view>

namespace weir::checker {

namespace {

/// Big-endian numbers; what lies beyond the end reads as zero and makes the reader bad.
class Bytes {
  public:
    explicit Bytes(base::ByteView bytes) noexcept : bytes_(bytes) {}
    [[nodiscard]] bool is_good() const noexcept { return is_good_; }
    [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }

    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (const std::uint8_t byte : take(size)) value = value << 8 | byte;
        return value;
    }
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    base::ByteView take(std::size_t size) {
        is_good_ = is_good_ && size <= bytes_.size();
        if (!is_good_) return {};
        const base::ByteView taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }
    void skip(std::size_t size) { (void)take(size); }

  private:
    base::ByteView bytes_;
    bool is_good_ = true;
};

struct Box {
    std::string_view type;
    base::ByteView body;
};

std::optional<Box> take_box(Bytes& in) {
    if (in.left() < 8) return std::nullopt;
    const std::uint32_t size = in.u32();
    const std::string_view type = base::as_text(in.take(4));
    if (size < 8) return std::nullopt;
    const base::ByteView body = in.take(size - 8);
    if (!in.is_good()) return std::nullopt;
    return Box{type, body};
}

/// The first box of that path; empty where there is none.
base::ByteView find(base::ByteView in, std::initializer_list<std::string_view> path) {
    for (const std::string_view type : path) {
        Bytes bytes(in);
        in = {};
        while (const auto box = take_box(bytes))
            if (box->type == type) {
                in = box->body;
                break;
            }
    }
    return in;
}

/// Of the decoder configuration in a sample entry: how many bytes a NAL unit's length has.
std::uint8_t length_size(const Box& entry) {
    constexpr std::size_t visual_fields = 78;
    if (entry.body.size() < visual_fields) return 0;
    const base::ByteView boxes = entry.body.subspan(visual_fields);
    const base::ByteView avc = find(boxes, {"avcC"});
    if (avc.size() > 4) return static_cast<std::uint8_t>((avc[4] & 3U) + 1);
    const base::ByteView hevc = find(boxes, {"hvcC"});
    return hevc.size() > 21 ? static_cast<std::uint8_t>((hevc[21] & 3U) + 1) : 0;
}

bool is_idr(std::uint8_t first, std::string_view format) {
    if (format.starts_with("avc")) return (first & 0x1fU) == 5;
    const unsigned type = first >> 1U & 0x3fU;
    return type >= 16 && type <= 21;  // BLA, IDR, CRA
}
bool is_picture(std::uint8_t first, std::string_view format) {
    const unsigned type = format.starts_with("avc") ? first & 0x1fU : first >> 1U & 0x3fU;
    return format.starts_with("avc") ? type >= 1 && type <= 5 : type < 32;
}

bool starts_with_idr(base::ByteView sample, const Header& header) {
    if (header.length_size == 0) return true;
    Bytes in(sample);
    while (in.is_good() && in.left() > header.length_size) {
        const base::ByteView unit = in.take(in.number(header.length_size));
        if (!unit.empty() && is_picture(unit[0], header.format)) return is_idr(unit[0], header.format);
    }
    return false;
}

// ISO 14496-12 8.8.7, 8.8.8.
enum TfhdFlag : std::uint32_t {
    base_data_offset = 1,
    description_index = 2,
    default_duration = 8,
    default_size = 0x10,
    default_flags = 0x20
};
enum TrunFlag : std::uint32_t {
    data_offset = 1,
    first_flags = 4,
    durations = 0x100,
    sizes = 0x200,
    flags = 0x400,
    offsets = 0x800
};
constexpr std::uint32_t is_non_sync = 0x10000;

struct Defaults {
    std::uint32_t duration = 0;
    std::uint32_t size = 0;
    std::uint32_t flags = 0;
};

Defaults read_tfhd(base::ByteView body) {
    Bytes in(body);
    const std::uint32_t given = in.u32();
    in.skip(4);
    if (given & base_data_offset) in.skip(8);
    if (given & description_index) in.skip(4);
    Defaults found;
    if (given & default_duration) found.duration = in.u32();
    if (given & default_size) found.size = in.u32();
    if (given & default_flags) found.flags = in.u32();
    return found;
}

std::optional<Chunk> read_moof(base::ByteView moof, base::ByteView media, const Header& header) {
    const base::ByteView traf = find(moof, {"traf"});
    Bytes tfdt(find(traf, {"tfdt"}));
    const bool is_long = tfdt.number(4) >> 24U == 1;
    Chunk chunk{.decode = static_cast<std::int64_t>(tfdt.number(is_long ? 8 : 4))};
    const Defaults defaults = read_tfhd(find(traf, {"tfhd"}));
    Bytes trun(find(traf, {"trun"}));
    const std::uint32_t given = trun.u32();
    chunk.samples = trun.u32();
    if (given & data_offset) trun.skip(4);
    const std::uint32_t first = given & first_flags ? trun.u32() : defaults.flags;
    Bytes payload(media);
    for (std::size_t i = 0; i < chunk.samples && trun.is_good(); ++i) {
        const std::uint32_t duration = given & durations ? trun.u32() : defaults.duration;
        const base::ByteView sample = payload.take(given & sizes ? trun.u32() : defaults.size);
        const std::uint32_t has = given & flags ? trun.u32() : i == 0 ? first : defaults.flags;
        const auto offset = given & offsets ? static_cast<std::int32_t>(trun.u32()) : 0;
        const bool is_sync = (has & is_non_sync) == 0;
        const std::int64_t shown = chunk.decode + chunk.duration + offset;
        if (i == 0) {
            chunk.first = chunk.shortest = duration;
            chunk.starts_in_sync = is_sync;
            chunk.starts_with_idr = starts_with_idr(sample, header);
        }
        chunk.has_sync |= is_sync;
        chunk.first_shown = i == 0 ? shown : std::min(chunk.first_shown, shown);
        chunk.duration += duration;
        chunk.last = duration;
        chunk.shortest = std::min(chunk.shortest, chunk.last);
    }
    const bool is_whole =
        tfdt.is_good() && trun.is_good() && payload.is_good() && payload.left() == 0 && chunk.samples > 0;
    return is_whole ? std::optional(chunk) : std::nullopt;
}

}  // namespace

std::optional<Header> read_header(base::ByteView bytes) {
    const base::ByteView media = find(bytes, {"moov", "trak", "mdia"});
    Bytes mdhd(find(media, {"mdhd"}));
    mdhd.skip(mdhd.number(4) >> 24U == 1 ? 16 : 8);
    Header header{.timescale = mdhd.u32()};
    Bytes handler(find(media, {"hdlr"}));
    handler.skip(8);
    header.is_video = base::as_text(handler.take(4)) == "vide";
    Bytes entries(find(media, {"minf", "stbl", "stsd"}));
    entries.skip(8);
    const auto entry = take_box(entries);
    if (!mdhd.is_good() || !handler.is_good() || !entry || header.timescale == 0) return std::nullopt;
    header.format = entry->type;
    if (header.is_video) header.length_size = length_size(*entry);
    return header;
}

std::optional<std::vector<Chunk>> read_chunks(base::ByteView bytes, const Header& header) {
    std::vector<Chunk> chunks;
    base::ByteView moof;
    Bytes in(bytes);
    while (const auto box = take_box(in)) {
        if (box->type == "moof") moof = box->body;
        if (box->type != "mdat") continue;
        const auto chunk = read_moof(moof, box->body, header);
        if (!chunk) return std::nullopt;
        chunks.push_back(*chunk);
        moof = {};
    }
    if (in.left() != 0 || !moof.empty() || chunks.empty()) return std::nullopt;
    return chunks;
}

}  // namespace weir::checker
