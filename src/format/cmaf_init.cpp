#include "format/cmaf_init.hpp"

#include "format/boxes.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>
#include <vector>

namespace weir::format::cmaf {

namespace {

using base::ByteWriter;
using base::ErrorKind;
using base::fail;
using base::Result;
using boxes::write_box;
using boxes::write_full_box;

constexpr std::uint32_t only_track = 1;

/// A track as a file has it.
struct Entry {
    const media::Track& track;
    std::uint32_t id;
    std::uint32_t timescale;
};

void write_matrix(ByteWriter& out) {
    for (const std::uint32_t value : {0x10000U, 0U, 0U, 0U, 0x10000U, 0U, 0U, 0U, 0x4000'0000U}) out.u32(value);
}

/// The first of the brands is the major one.
void write_ftyp(ByteWriter& out, std::initializer_list<std::string_view> brands) {
    write_box(out, "ftyp", [&] {
        out.text(*brands.begin());
        out.u32(0);
        for (const std::string_view brand : brands) out.text(brand);
    });
}

void write_mvhd(ByteWriter& out, std::uint32_t timescale, std::uint32_t next_track) {
    write_full_box(out, "mvhd", 0, 0, [&] {
        out.zeros(8);
        out.u32(timescale);
        out.u32(0);        // duration: in the fragments
        out.u32(0x10000);  // rate 1
        out.u16(0x100);    // volume 1
        out.zeros(10);
        write_matrix(out);
        out.zeros(24);
        out.u32(next_track);
    });
}

void write_tkhd(ByteWriter& out, const media::Track& track, std::uint32_t id) {
    constexpr std::uint32_t enabled_in_movie_in_preview = 7;
    write_full_box(out, "tkhd", 0, enabled_in_movie_in_preview, [&] {
        out.zeros(8);
        out.u32(id);
        out.zeros(4 + 4 + 8);
        out.u16(0);  // layer
        out.u16(0);  // alternate group
        out.u16(track.kind == media::Kind::audio ? 0x100 : 0);
        out.u16(0);
        write_matrix(out);
        out.u32(track.width << 16);
        out.u32(track.height << 16);
    });
}

/// ISO 639-2 in three times five bits; "und" for what is not three letters.
std::uint16_t packed_language(std::string_view language) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (language.size() != 3 || !std::ranges::all_of(language, is_letter)) language = "und";
    unsigned packed = 0;
    for (const char letter : language) packed = packed << 5 | static_cast<unsigned>(letter - 0x60);
    return static_cast<std::uint16_t>(packed);
}

void write_mdhd(ByteWriter& out, const media::Track& track, std::uint32_t timescale) {
    write_full_box(out, "mdhd", 0, 0, [&] {
        out.zeros(8);
        out.u32(timescale);
        out.u32(0);
        out.u16(packed_language(track.language));
        out.u16(0);
    });
}

void write_hdlr(ByteWriter& out, media::Kind kind) {
    const bool is_video = kind == media::Kind::video;
    write_full_box(out, "hdlr", 0, 0, [&] {
        out.u32(0);
        out.text(is_video ? "vide" : "soun");
        out.zeros(12);
        out.text(is_video ? "video" : "audio");
        out.u8(0);
    });
}

void write_media_header(ByteWriter& out, media::Kind kind) {
    if (kind == media::Kind::video) write_full_box(out, "vmhd", 0, 1, [&] { out.zeros(8); });
    else write_full_box(out, "smhd", 0, 0, [&] { out.zeros(4); });
    write_box(out, "dinf", [&] {
        write_full_box(out, "dref", 0, 0, [&] {
            out.u32(1);
            write_full_box(out, "url ", 0, 1, [] {});  // the media is in this file
        });
    });
}

void write_sample_table(ByteWriter& out, const Entry& entry) {
    write_box(out, "stbl", [&] {
        write_full_box(out, "stsd", 0, 0, [&] {
            out.u32(1);
            write_sample_entry(entry.track, entry.id, out);
        });
        for (const char* empty_table : {"stts", "stsc"}) write_full_box(out, empty_table, 0, 0, [&] { out.u32(0); });
        write_full_box(out, "stsz", 0, 0, [&] { out.zeros(8); });
        write_full_box(out, "stco", 0, 0, [&] { out.u32(0); });
    });
}

void write_trak(ByteWriter& out, const Entry& entry) {
    const media::Track& track = entry.track;
    write_box(out, "trak", [&] {
        write_tkhd(out, track, entry.id);
        write_box(out, "mdia", [&] {
            write_mdhd(out, track, entry.timescale);
            write_hdlr(out, track.kind);
            write_box(out, "minf", [&] {
                write_media_header(out, track.kind);
                write_sample_table(out, entry);
            });
        });
    });
}

void write_mvex(ByteWriter& out, std::span<const Entry> entries) {
    write_box(out, "mvex", [&] {
        for (const Entry& entry : entries)
            write_full_box(out, "trex", 0, 0, [&] {
                out.u32(entry.id);
                out.u32(1);  // sample description
                out.zeros(12);
            });
    });
}

void write_moov(ByteWriter& out, std::span<const Entry> entries) {
    write_box(out, "moov", [&] {
        write_mvhd(out, entries.front().timescale, entries.back().id + 1);
        for (const Entry& entry : entries) write_trak(out, entry);
        write_mvex(out, entries);
    });
}

}  // namespace

std::uint32_t timescale(const media::Track& track) noexcept {
    if (track.kind == media::Kind::audio) return track.sample_rate;
    // 30000/1001 and its kin; every other rate in use divides 90,000.
    for (const double nominal : {24.0, 30.0, 48.0, 60.0, 120.0})
        if (std::abs(track.frame_rate - nominal * 1000 / 1001) < 0.005)
            return static_cast<std::uint32_t>(nominal * 1000);
    return 90'000;
}

Result<base::Bytes> init_segment(const media::Track& track, std::uint32_t timescale) {
    if (const std::string_view why = refusal(track.codec); !why.empty()) return fail(ErrorKind::unsupported, why);
    if (!can_carry(track) || timescale == 0)
        return fail(ErrorKind::unsupported, "what its codec is like cannot be told in MP4");
    ByteWriter out;
    // cmf2: signed composition offsets, no edit lists, defaults in each fragment.
    write_ftyp(out, {"cmfc", "cmf2", "iso6", "mp41"});
    const Entry entry{track, only_track, timescale};
    write_moov(out, {&entry, 1});
    return out.to_bytes();
}

void write_movie_header(const media::TrackSet& tracks, ByteWriter& out) {
    std::vector<Entry> entries;
    for (const media::Track& track : tracks.tracks)
        if (can_carry(track)) entries.push_back({track, track.id, timescale(track)});
    if (entries.empty()) return;
    write_ftyp(out, {"iso6", "iso5", "mp41"});
    write_moov(out, entries);
}

}  // namespace weir::format::cmaf
