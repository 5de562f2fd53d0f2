#include "format/adts_serializer.hpp"

namespace weir::format::adts {

std::string_view refusal(media::Codec codec) noexcept {
    return codec == media::Codec::aac ? std::string_view() : "ADTS is for AAC alone";
}

bool can_carry(const media::Track& track) noexcept {
    if (!refusal(track.codec).empty()) return false;
    const auto config = media::aac::parse_config(track.config);
    base::ByteWriter header;
    return config && media::aac::write_adts(*config, 0, header);
}

void StreamWriter::begin(const media::TrackSet&, base::SlabWriter&) {}

void StreamWriter::tracks(const media::TrackSet&, media::Ticks, base::SlabWriter&) {}

void StreamWriter::write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) {
    if (track.codec != media::Codec::aac) return;
    if (!parsed_ || config_.data() != track.config.data()) {
        const auto config = media::aac::parse_config(track.config);
        parsed_ = config ? std::optional(*config) : std::nullopt;
        config_ = track.config;
    }
    header_.clear();
    if (!parsed_ || !media::aac::write_adts(*parsed_, packet.payload.size(), header_)) return;
    out.append(header_.view());
    out.append(packet.payload);
}

}  // namespace weir::format::adts
