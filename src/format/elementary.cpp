#include "format/elementary.hpp"

#include "base/byte_writer.hpp"
#include "media/aac.hpp"
#include "media/frames.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/nal.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <utility>

namespace weir::format {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;
namespace nal = media::nal;

namespace {

constexpr std::size_t most_sets = 32;  ///< of one kind in one packet
constexpr int dropped = -2;
constexpr int kept = -1;

/// What a NAL unit is to us: the place of a parameter set, `dropped` (delimiters), or `kept`.
int place_h264(ByteView unit) {
    switch (media::h264::nal_type(unit)) {
        case media::h264::NalType::sps: return 1;
        case media::h264::NalType::pps: return 2;
        case media::h264::NalType::delimiter: return dropped;
        default: return kept;
    }
}
int place_hevc(ByteView unit) {
    switch (media::hevc::nal_type(unit)) {
        case media::hevc::NalType::vps: return 0;
        case media::hevc::NalType::sps: return 1;
        case media::hevc::NalType::pps: return 2;
        case media::hevc::NalType::delimiter: return dropped;
        default: return kept;
    }
}

bool is_adts(ByteView packet) { return packet.size() >= 2 && packet[0] == 0xff && (packet[1] & 0xf6) == 0xf0; }

bool has_nal_units(Codec codec) { return codec == Codec::h264 || codec == Codec::hevc; }

}  // namespace

Elementary::Elementary(Codec codec, Bytes record) : codec_(codec), given_(std::move(record)) {}

void Elementary::change(Bytes record) {
    given_ = std::move(record);
    is_fresh_ = true;
}

Result<ElementaryUnit> Elementary::receive(ByteView packet) {
    ElementaryUnit unit{.track = {}, .payload = TRY(unwrap(packet))};
    if (!is_described_ || unit.payload.empty()) return ElementaryUnit{};
    const nal::Picture picture = TRY(media::picture(codec_, unit.payload));
    if (picture == nal::Picture::rasl) ++leading_;
    if (picture == nal::Picture::none || picture == nal::Picture::rasl) return ElementaryUnit{};
    unit.keyframe = picture == nal::Picture::idr || picture == nal::Picture::open_access;
    unit.track = std::exchange(news_, std::nullopt);
    return unit;
}

Result<Bytes> Elementary::unwrap(ByteView packet) {
    if (has_nal_units(codec_)) return unwrap_video(packet);
    if (codec_ == Codec::aac && is_adts(packet)) return unwrap_adts(packet);
    const bool speaks = media::describes_itself(codec_);
    if (std::exchange(is_fresh_, false) && !(speaks && given_.empty())) TRY(adopt(given_));
    Bytes payload = TRY(media::payload_of(codec_, Bytes::copy_of(packet), 0));
    if (speaks) learn(payload);
    return payload;
}

// A record begins with its version, which is 1; Annex B with zeros.
Result<Bytes> Elementary::unwrap_video(ByteView packet) {
    if (std::exchange(is_fresh_, false)) {
        length_size_ = 0;
        if (!given_.empty() && *given_.data() == 1) {
            TRY(adopt(given_));
            length_size_ = media::nal_length_size(codec_, given_);
        } else {
            (void)TRY(unwrap_annex_b(given_));
        }
    }
    if (length_size_ == 0) return unwrap_annex_b(packet);
    return nal::with_four_byte_lengths(Bytes::copy_of(packet), length_size_);
}

Result<Bytes> Elementary::unwrap_annex_b(ByteView packet) {
    ParameterSets found;
    base::ByteWriter out;
    nal::AnnexBReader units(packet);
    while (const auto unit = units.next()) {
        const int place = codec_ == Codec::h264 ? place_h264(*unit) : place_hevc(*unit);
        if (place == dropped) continue;
        if (place == kept) {
            out.u32(static_cast<std::uint32_t>(unit->size()));
            out.bytes(*unit);
        } else if (auto& sets = found[static_cast<std::size_t>(place)]; sets.size() < most_sets) {
            sets.push_back(Bytes::copy_of(*unit));
        }
    }
    TRY(take(found));
    return out.to_bytes();
}

// A packet may bring sets of one kind alone; the others stay.
Result<void> Elementary::take(const ParameterSets& found) {
    bool has_changed = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].empty() || found[i] == sets_[i]) continue;
        sets_[i] = found[i];
        has_changed = true;
    }
    if (!has_changed || sets_[1].empty() || sets_[2].empty()) return {};
    base::ByteWriter record;
    if (codec_ == Codec::h264) {
        media::h264::write_config(TRY(media::h264::config_from_parameter_sets(sets_[1], sets_[2])), record);
    } else {
        if (sets_[0].empty()) return {};
        media::hevc::write_config(TRY(media::hevc::config_from_parameter_sets(sets_[0], sets_[1], sets_[2])), record);
    }
    return adopt(record.view());
}

Result<Bytes> Elementary::unwrap_adts(ByteView packet) {
    const media::aac::AdtsHeader header = TRY(media::aac::parse_adts(packet));
    if (header.raw_blocks != 1) return fail(ErrorKind::unsupported, "ADTS with several frames behind one header");
    if (header.header_size >= packet.size()) return fail(ErrorKind::malformed, "an ADTS frame is cut short");
    base::ByteWriter record;
    media::aac::write_config(media::aac::config_from_adts(header), record);
    TRY(adopt(record.view()));
    is_fresh_ = false;
    return Bytes::copy_of(packet.subspan(header.header_size));
}

Result<void> Elementary::adopt(ByteView record) {
    if (std::ranges::equal(record, config_.view()) && !config_.empty()) return {};
    media::Track track = TRY(media::track_from_config(codec_, record));
    config_ = Bytes::copy_of(record);
    describe(std::move(track));
    return {};
}

// Sound is as its first frame says; of pictures the size may be in their keyframes alone.
void Elementary::learn(ByteView frame) {
    auto found = media::track_from_frame(codec_, frame);
    if (!found) return;
    const bool is_known =
        found->kind == media::Kind::audio || (found->width == track_.width && found->height == track_.height);
    if (is_described_ && is_known) return;
    if (!config_.empty()) {
        track_.width = found->width;
        track_.height = found->height;
        found = track_;
    }
    describe(*std::move(found));
}

void Elementary::describe(media::Track track) {
    track_ = std::move(track);
    if (track_.kind == media::Kind::video && track_.width == 0) return;
    is_described_ = true;
    news_ = track_;
}

}  // namespace weir::format
