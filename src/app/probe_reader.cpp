#include "app/probe_reader.hpp"

#include "format/flv_file.hpp"
#include "format/mp4_reader.hpp"
#include "format/mpegts_demux.hpp"

#include <algorithm>
#include <array>

namespace weir::app {

namespace flv = format::flv;
namespace mpegts = format::mpegts;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Ticks;

namespace {

constexpr stream::WireClock flv_clock{1000, 32};
constexpr stream::WireClock mpegts_clock{mpegts::time_scale, mpegts::time_bits};
constexpr stream::WireClock exact_clock{Ticks::per_second, 48};

class FlvReader final : public ContainerReader {
  public:
    explicit FlvReader(ProbeFindings& findings) : bodies_(findings) { findings.set_container("FLV"); }
    Result<void> receive(ByteView bytes) override {
        tags_.receive(bytes);
        while (const auto tag = TRY(tags_.next())) bodies_.receive(tag->type, tag->timestamp, tag->body);
        return {};
    }

  private:
    flv::FileReader tags_;
    FlvFindings bodies_;
};

class MpegtsReader final : public ContainerReader {
  public:
    explicit MpegtsReader(ProbeFindings& findings) : findings_(findings) { findings.set_container("MPEG-TS"); }
    Result<void> receive(ByteView bytes) override {
        demuxer_.receive(bytes);
        return drain();
    }
    Result<void> finish() override {
        demuxer_.finish();
        return drain();
    }

  private:
    Result<void> drain() {
        while (auto event = TRY(demuxer_.next())) std::visit([this](auto& one) { take(one); }, *event);
        findings_.set_transport(demuxer_.faults(), demuxer_.programs().size());
        return {};
    }
    void take(const mpegts::Config& config) { findings_.announce(config.track, mpegts_clock); }
    void take(const mpegts::Refusal& refusal) { findings_.refuse(refusal.text); }
    void take(mpegts::Sample& sample) {
        findings_.receive({.track = sample.track,
                           .wire_time = sample.dts,
                           .composition_offset = sample.composition_offset,
                           .keyframe = sample.keyframe,
                           .payload = std::move(sample.payload)});
    }

    ProbeFindings& findings_;
    mpegts::Demuxer demuxer_{{.every_track = true}};
};

class Mp4Reader final : public ContainerReader {
  public:
    explicit Mp4Reader(ProbeFindings& findings) : findings_(findings) { findings.set_container("fragmented MP4"); }
    Result<void> receive(ByteView bytes) override {
        reader_.receive(bytes);
        while (auto event = TRY(reader_.next())) {
            if (const auto* tracks = std::get_if<media::TrackSetRef>(&*event))
                for (const media::Track& track : (*tracks)->tracks) findings_.announce(track, exact_clock);
            else take(std::get<media::Packet>(*event));
        }
        return {};
    }

  private:
    void take(media::Packet& packet) {
        // Files may begin before zero; that is no turn of a clock.
        constexpr std::uint64_t mask = (std::uint64_t{1} << exact_clock.bits) - 1;
        constexpr media::Ticks before_zero = Ticks::milliseconds(3'600'000);
        findings_.receive({.track = packet.track,
                           .wire_time = static_cast<std::uint64_t>((packet.dts + before_zero).count()) & mask,
                           .composition_offset = packet.pts - packet.dts,
                           .keyframe = packet.keyframe,
                           .payload = std::move(packet.payload)});
    }

    ProbeFindings& findings_;
    format::mp4::Reader reader_;
};

bool is_flv(ByteView start) { return base::as_text(start.first(3)) == "FLV"; }
bool is_mp4(ByteView start) {
    const std::string_view type = base::as_text(start.subspan(4, 4));
    return type == "ftyp" || type == "styp" || type == "moov" || type == "moof";
}
/// Packets of 188 bytes, or with four before each; the demultiplexer makes sure.
bool is_mpegts(ByteView start) {
    constexpr std::uint8_t sync_byte = 0x47;
    return std::ranges::any_of(std::array{std::pair{0, 188}, std::pair{4, 192}, std::pair{0, 204}},
                               [&](const auto& form) {
                                   return start[static_cast<std::size_t>(form.first)] == sync_byte &&
                                          start[static_cast<std::size_t>(form.first + form.second)] == sync_byte;
                               });
}

template <typename Reader>
std::unique_ptr<ContainerReader> make(ProbeFindings& findings) {
    return std::make_unique<Reader>(findings);
}

struct Container {
    bool (*recognizes)(ByteView start);
    std::unique_ptr<ContainerReader> (*create)(ProbeFindings& findings);
};
constexpr std::array<Container, 3> containers{{
    {is_flv, make<FlvReader>},
    {is_mp4, make<Mp4Reader>},
    {is_mpegts, make<MpegtsReader>},
}};
constexpr std::size_t enough_to_know = 4 + 192 + 1;

}  // namespace

Result<void> ProbeReader::receive(ByteView bytes) {
    if (container_ != nullptr) return container_->receive(bytes);
    start_.insert(start_.end(), bytes.begin(), bytes.end());
    if (start_.size() < enough_to_know) return {};
    TRY(recognize());
    const std::vector<std::uint8_t> start = std::exchange(start_, {});
    return container_->receive(start);
}

Result<void> ProbeReader::finish() {
    if (container_ != nullptr) return container_->finish();
    return fail(ErrorKind::unsupported, "there is too little to tell what it is");
}

Result<void> ProbeReader::recognize() {
    const ByteView start = start_;
    const auto found = std::ranges::find_if(containers, [&](const Container& one) { return one.recognizes(start); });
    if (found == containers.end())
        return fail(ErrorKind::unsupported, "it is none of what can be probed: FLV, MPEG-TS, fragmented MP4");
    container_ = found->create(findings_);
    return {};
}

void FlvFindings::receive(flv::TagType type, std::uint32_t timestamp, const base::Bytes& body) {
    if (type == flv::TagType::script) {
        if (auto metadata = flv::parse_metadata(body)) metadata_ = *std::move(metadata);
        return;
    }
    auto first = bodies_.receive(type, timestamp, body);
    if (!first) return findings_.refuse(first.error().text);
    for (auto event = *std::move(first); event; event = bodies_.next()) take(*std::move(event));
}

void FlvFindings::take(flv::Event event) {
    if (auto* config = std::get_if<flv::Config>(&event)) {
        if (config->track.id <= media::audio_track_id) metadata_.apply_to(config->track);
        findings_.announce(config->track, flv_clock);
    } else if (auto* sample = std::get_if<flv::Sample>(&event)) {
        findings_.receive({.track = sample->track,
                           .wire_time = sample->dts,
                           .composition_offset = sample->composition_offset,
                           .keyframe = sample->keyframe,
                           .payload = std::move(sample->payload)});
    }
}

}  // namespace weir::app
