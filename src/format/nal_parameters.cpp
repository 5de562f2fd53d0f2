#include "format/nal_parameters.hpp"

#include "base/bit_reader.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/track_config.hpp"

#include <algorithm>

namespace weir::format {

using base::BitReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;

namespace {

constexpr std::size_t largest_set = 16U << 10;
constexpr std::size_t most_sets = 64;
constexpr std::uint32_t highest_number = 255;
constexpr std::size_t longest_head = 128;  ///< what is in front of a number fits in it

/// profile_tier_level() of HEVC (7.3.3).
Result<void> skip_profile(BitReader& bits, std::uint32_t more_layers) {
    constexpr std::size_t profile = 88;
    constexpr std::size_t level = 8;
    TRY(bits.skip(profile + level));
    if (more_layers == 0) return {};
    std::size_t rest = 0;
    for (std::uint32_t i = 0; i < 8; ++i) {
        const bool has_profile = TRY(bits.flag());
        const bool has_level = TRY(bits.flag());
        if (i < more_layers) rest += (has_profile ? profile : 0) + (has_level ? level : 0);
    }
    return bits.skip(rest);
}

/// sps_seq_parameter_set_id of HEVC stands behind the profile.
Result<std::uint32_t> hevc_sps_number(BitReader& bits) {
    TRY(bits.skip(4));
    const std::uint32_t more_layers = TRY(bits.bits(3));
    TRY(bits.skip(1));
    TRY(skip_profile(bits, more_layers));
    return bits.unsigned_exp_golomb();
}

}  // namespace

NalParameters::Kind NalParameters::kind_of(ByteView unit) const noexcept {
    if (codec_ == Codec::h264) {
        const auto type = media::h264::nal_type(unit);
        if (type == media::h264::NalType::sps) return Kind::sequence;
        return type == media::h264::NalType::pps ? Kind::picture : Kind::none;
    }
    const auto type = media::hevc::nal_type(unit);
    if (type == media::hevc::NalType::vps) return Kind::video;
    if (type == media::hevc::NalType::sps) return Kind::sequence;
    return type == media::hevc::NalType::pps ? Kind::picture : Kind::none;
}

bool NalParameters::is_parameter_set(ByteView unit) const noexcept {
    return !unit.empty() && kind_of(unit) != Kind::none;
}

bool NalParameters::begins_sequence(ByteView unit) const noexcept {
    return is_parameter_set(unit) && kind_of(unit) != Kind::picture;
}

Result<std::uint32_t> NalParameters::number_of(Kind kind, ByteView unit) const {
    const std::size_t header = codec_ == Codec::h264 ? 1 : 2;
    if (unit.size() <= header) return fail(ErrorKind::malformed, "a parameter set is cut short");
    const auto head = media::nal::unescape(unit.subspan(header).first(std::min(unit.size() - header, longest_head)));
    BitReader bits(head);
    if (kind == Kind::video) return bits.bits(4);
    if (kind == Kind::sequence && codec_ == Codec::hevc) return hevc_sps_number(bits);
    if (kind == Kind::sequence) TRY(bits.skip(24));  // profile, constraints, level
    return bits.unsigned_exp_golomb();
}

Result<void> NalParameters::receive(ByteView unit) {
    const Kind kind = kind_of(unit);
    const std::uint32_t number = TRY(number_of(kind, unit));
    if (number > highest_number) return fail(ErrorKind::malformed, "the number of a parameter set is too large");
    if (unit.size() > largest_set) return fail(ErrorKind::too_large, "a parameter set is too large");
    const auto known = sets_.find({kind, number});
    if (known != sets_.end() && std::ranges::equal(known->second, unit)) return {};
    if (known == sets_.end() && sets_.size() == most_sets)
        return fail(ErrorKind::too_large, "there are too many parameter sets");
    sets_[{kind, number}] = Bytes::copy_of(unit);
    changed_ = true;
    return {};
}

std::vector<Bytes> NalParameters::units(Kind kind) const {
    std::vector<Bytes> units;
    for (const auto& [key, unit] : sets_)
        if (key.kind == kind) units.push_back(unit);
    return units;
}

Result<std::optional<media::Track>> NalParameters::take_track() {
    if (!changed_) return std::nullopt;
    auto sps = units(Kind::sequence);
    auto pps = units(Kind::picture);
    if (sps.empty() || pps.empty()) return std::nullopt;
    base::ByteWriter record;
    if (codec_ == Codec::h264) {
        media::h264::write_config(TRY(media::h264::config_from_parameter_sets(std::move(sps), std::move(pps))), record);
    } else {
        auto vps = units(Kind::video);
        if (vps.empty()) return std::nullopt;
        media::hevc::write_config(
            TRY(media::hevc::config_from_parameter_sets(std::move(vps), std::move(sps), std::move(pps))), record);
    }
    changed_ = false;
    return TRY(media::track_from_config(codec_, record.view()));
}

}  // namespace weir::format
