#include "app/media_file.hpp"

#include "format/flv_body_parser.hpp"
#include "format/flv_file.hpp"
#include "format/flv_metadata.hpp"
#include "format/mp4_reader.hpp"
#include "format/mpegts_demux.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace weir::app {

namespace flv = format::flv;
namespace mpegts = format::mpegts;
using base::ErrorKind;
using base::fail;

namespace {

constexpr std::size_t piece_bytes = 64 << 10;
constexpr std::uint8_t mpegts_sync = 0x47;  // at the start, or behind the time that cameras put before each packet

class FlvDemuxer final : public Demuxer {
  public:
    void receive(base::ByteView bytes) override { reader_.receive(bytes); }

    base::Result<std::optional<MediaEvent>> next() override {
        while (auto event = bodies_.next())
            if (auto result = translate(std::move(*event))) return result;
        while (auto tag = TRY(reader_.next())) {
            if (tag->type == flv::TagType::script) {
                if (const auto metadata = flv::parse_metadata(tag->body)) metadata_ = *metadata;
                continue;
            }
            auto event = TRY(bodies_.receive(tag->type, tag->timestamp, tag->body));
            for (; event; event = bodies_.next())
                if (auto result = translate(std::move(*event))) return result;
        }
        return std::nullopt;
    }

  private:
    std::optional<MediaEvent> translate(flv::Event event) {
        if (auto* config = std::get_if<flv::Config>(&event)) {
            metadata_.apply_to(config->track);
            return std::move(config->track);
        }
        auto* sample = std::get_if<flv::Sample>(&event);
        if (sample == nullptr) return std::nullopt;
        const media::Ticks dts = media::Ticks::milliseconds(sample->dts);
        return media::Packet{.track = sample->track,
                             .dts = dts,
                             .pts = dts + sample->composition_offset,
                             .duration = {},
                             .keyframe = sample->keyframe,
                             .payload = std::move(sample->payload)};
    }

    flv::FileReader reader_;
    flv::BodyParser bodies_;
    flv::Metadata metadata_;
};

class Mp4Demuxer final : public Demuxer {
  public:
    void receive(base::ByteView bytes) override { reader_.receive(bytes); }

    base::Result<std::optional<MediaEvent>> next() override {
        while (waiting_.empty()) {
            auto event = TRY(reader_.next());
            if (!event) return std::nullopt;
            if (auto* packet = std::get_if<media::Packet>(&*event)) return std::move(*packet);
            const auto& set = *std::get<media::TrackSetRef>(*event);
            waiting_.insert(waiting_.end(), set.tracks.rbegin(), set.tracks.rend());
        }
        media::Track track = std::move(waiting_.back());
        waiting_.pop_back();
        return track;
    }

  private:
    format::mp4::Reader reader_;
    std::vector<media::Track> waiting_;
};

/// Times of a file go on where its clock wraps.
class MpegtsDemuxer final : public Demuxer {
  public:
    void receive(base::ByteView bytes) override { demuxer_.receive(bytes); }
    void finish() override { demuxer_.finish(); }

    base::Result<std::optional<MediaEvent>> next() override {
        while (auto event = TRY(demuxer_.next())) {
            if (auto* config = std::get_if<mpegts::Config>(&*event)) return std::move(config->track);
            if (auto* sample = std::get_if<mpegts::Sample>(&*event)) return packet(*sample);
        }
        return std::nullopt;
    }

  private:
    media::Packet packet(mpegts::Sample& sample) {
        const std::uint64_t newest = newest_.value_or(sample.dts);
        newest_ = newest + static_cast<std::uint64_t>(mpegts::distance(newest, sample.dts));
        const media::Ticks dts = media::Ticks::from(static_cast<std::int64_t>(*newest_), mpegts::time_scale);
        return {.track = sample.track,
                .dts = dts,
                .pts = dts + sample.composition_offset,
                .duration = {},
                .keyframe = sample.keyframe,
                .payload = std::move(sample.payload)};
    }

    mpegts::Demuxer demuxer_;
    std::optional<std::uint64_t> newest_;
};

struct Container {
    bool (*recognizes)(base::ByteView start);
    std::unique_ptr<Demuxer> (*create)();
};

const Container containers[] = {
    {[](base::ByteView start) { return base::as_text(start.first(3)) == "FLV"; },
     []() -> std::unique_ptr<Demuxer> { return std::make_unique<FlvDemuxer>(); }},
    {[](base::ByteView start) { return base::as_text(start.subspan(4, 4)) == "ftyp"; },
     []() -> std::unique_ptr<Demuxer> { return std::make_unique<Mp4Demuxer>(); }},
    {[](base::ByteView start) { return start[0] == mpegts_sync || start[4] == mpegts_sync; },
     []() -> std::unique_ptr<Demuxer> { return std::make_unique<MpegtsDemuxer>(); }},
};

}  // namespace

// Where the bytes come from, a piece at a time.
struct MediaFile::Contents {
    std::ifstream file;
    std::array<std::uint8_t, piece_bytes> piece;
    bool at_end = false;

    base::ByteView read() {
        void* into = piece.data();
        file.read(static_cast<char*>(into), static_cast<std::streamsize>(piece.size()));
        return {piece.data(), static_cast<std::size_t>(file.gcount())};
    }
    void rewind() {
        file.clear();
        file.seekg(0);
        at_end = false;
    }
};

MediaFile::MediaFile(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
MediaFile::MediaFile(MediaFile&&) noexcept = default;
MediaFile::~MediaFile() = default;

base::Result<MediaFile> MediaFile::open(const std::string& path) {
    auto contents = std::make_unique<Contents>();
    contents->file.open(path, std::ios::binary);
    if (!contents->file) return fail(ErrorKind::not_found, "the file cannot be read");
    MediaFile file(std::move(contents));
    TRY(file.recognize());
    return file;
}

base::Result<void> MediaFile::recognize() {
    const base::ByteView start = contents_->read();
    const auto container = std::ranges::find_if(
        containers, [&](const Container& one) { return start.size() >= 12 && one.recognizes(start); });
    if (container == std::ranges::end(containers))
        return fail(ErrorKind::unsupported, "the file is neither FLV, MPEG-TS nor fragmented MP4");
    demuxer_ = container->create();
    contents_->rewind();
    return {};
}

base::Result<void> MediaFile::rewind() {
    contents_->rewind();
    return recognize();
}

base::Result<std::optional<MediaEvent>> MediaFile::next() {
    while (true) {
        if (auto event = TRY(demuxer_->next())) return event;
        const base::ByteView bytes = contents_->read();
        if (!bytes.empty()) demuxer_->receive(bytes);
        else if (std::exchange(contents_->at_end, true)) return std::nullopt;
        else demuxer_->finish();
    }
}

}  // namespace weir::app
