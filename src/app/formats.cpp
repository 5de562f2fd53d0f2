#include "app/formats.hpp"

#include "base/byte_writer.hpp"
#include "format/flv_serializer.hpp"

namespace weir::app {

namespace {

// FLV counts milliseconds from `origin`, so that a log that is made late does not start with large numbers.
class FlvSerializer final : public stream::Serializer {
  public:
    explicit FlvSerializer(media::Ticks origin) noexcept : origin_(origin) {}

    void begin(const media::TrackSet& tracks, base::SlabWriter& out) override {
        scratch_.clear();
        format::flv::write_file_header(tracks.first(media::Kind::audio) != nullptr,
                                       tracks.first(media::Kind::video) != nullptr, scratch_);
        out.append(scratch_.view());
    }

    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) override {
        scratch_.clear();
        format::flv::write_sequence_headers(tracks, at - origin_, scratch_);
        out.append(scratch_.view());
    }

    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) override {
        media::Packet moved = packet;
        moved.dts -= origin_;
        moved.pts -= origin_;
        scratch_.clear();
        format::flv::write_packet_head(track, moved, scratch_);
        out.append(scratch_.view());
        out.append(packet.payload);
        scratch_.clear();
        format::flv::write_packet_tail(track, moved, scratch_);
        out.append(scratch_.view());
    }

  private:
    media::Ticks origin_;
    base::ByteWriter scratch_;
};

template <typename Format>
std::unique_ptr<stream::Serializer> create(media::Ticks origin) {
    return std::make_unique<Format>(origin);
}

}  // namespace

// FLV times are 32-bit milliseconds, which many players read as signed: they run out after 24.8 days.
const stream::WireFormat flv_format{.name = "flv",
                                    .create = &create<FlvSerializer>,
                                    .longest = media::Ticks::milliseconds(std::int64_t{20} * 86'400'000)};

}  // namespace weir::app
