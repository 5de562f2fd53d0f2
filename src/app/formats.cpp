#include "app/formats.hpp"

#include "format/flv_serializer.hpp"

#include <array>

namespace weir::app {

namespace {

// A format's writer as what a log is given: they agree in everything but the base class, which format/ does not know.
template <typename Writer>
class Adapted final : public stream::Serializer {
  public:
    explicit Adapted(media::Ticks origin) noexcept : writer_(origin) {}

    void begin(const media::TrackSet& tracks, base::SlabWriter& out) override { writer_.begin(tracks, out); }
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) override {
        writer_.tracks(tracks, at, out);
    }
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) override {
        writer_.write(packet, track, out);
    }

  private:
    Writer writer_;
};

template <typename Writer>
std::unique_ptr<stream::Serializer> create(media::Ticks origin) {
    return std::make_unique<Adapted<Writer>>(origin);
}

}  // namespace

const stream::WireFormat flv_format{
    .name = "flv", .create = &create<format::flv::StreamWriter>, .longest = format::flv::longest_stream};

namespace {

using enum stream::ViewerProtocol;

const std::array<endpoint::LogForm, 1> forms{{
    {".flv", "video/x-flv", &flv_format, flv},
}};

}  // namespace

std::span<const endpoint::LogForm> log_forms() noexcept { return forms; }

}  // namespace weir::app
