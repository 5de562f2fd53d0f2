// The first byte is a seed for the cuts; the rest is an FLV file, and a message body of each type. Properties: never a
// crash, the same tags wherever the bytes are cut, and a viewer of what we write sees what the publisher sent.
#include <cstdlib>
#include <random>
#include <vector>

#include "format/flv_body_parser.hpp"
#include "format/flv_file.hpp"
#include "format/flv_metadata.hpp"
#include "format/flv_serializer.hpp"

namespace {

using namespace weir;
using namespace weir::format::flv;

constexpr Limits limits{.tag_size = 4096, .header_size = 64};

void require(bool property) {
    if (!property) std::abort();
}

struct Outcome {
    std::vector<Tag> tags;
    std::string_view error;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(base::ByteView bytes, std::size_t longest, std::uint8_t seed) {
    Outcome outcome;
    FileReader reader(limits);
    std::minstd_rand random(seed);
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + random() % longest);
        reader.receive(bytes.first(size));
        bytes = bytes.subspan(size);
        auto next = reader.next();
        for (; next && *next; next = reader.next()) {
            require(outcome.error.empty());
            outcome.tags.push_back(**next);
        }
        if (!next) outcome.error = next.error().text;
    }
    return outcome;
}

/// The samples of some tags, and an FLV stream with the same.
struct Copy {
    BodyParser parser;
    media::TrackSet tracks;
    std::vector<Sample> samples;
    base::SlabWriter out{64};
    StreamWriter writer{media::Ticks()};

    void receive(const Tag& tag) {
        const auto first = parser.receive(tag.type, tag.timestamp, tag.body);
        if (!first) return;
        for (auto event = *first; event; event = parser.next())
            std::visit([this](const auto& value) { take(value); }, *event);
    }
    /// Files have one track of each kind; a source may have more.
    static bool is_written(std::uint32_t track) { return track <= media::audio_track_id; }
    void take(const Config& config) {
        if (!is_written(config.track.id)) return;
        std::erase_if(tracks.tracks, [&](const media::Track& track) { return track.id == config.track.id; });
        tracks.tracks.push_back(config.track);
        writer.tracks({{config.track}}, media::Ticks(), out);
    }
    void take(const Sample& sample) {
        if (!is_written(sample.track)) return;
        samples.push_back(sample);
        const media::Ticks dts = media::Ticks::milliseconds(sample.dts);
        media::Packet packet;
        packet.dts = dts;
        packet.pts = dts + sample.composition_offset;
        packet.keyframe = sample.keyframe;
        packet.payload = sample.payload;
        writer.write(packet, *tracks.find(sample.track), out);
    }
    void take(const EndOfSequence&) {}
};

/// Enhanced RTMP counts in nanoseconds where it must; what is written counts in milliseconds.
bool same(const Sample& a, const Sample& b) {
    constexpr media::Ticks rounding = media::Ticks::milliseconds(1);
    const media::Ticks off = a.composition_offset - b.composition_offset;
    return a.track == b.track && a.dts == b.dts && -rounding <= off && off <= rounding && a.keyframe == b.keyframe &&
           a.payload == b.payload;
}

void check_copy(const std::vector<Tag>& tags) {
    Copy first;
    base::SlabWriter header(64);
    first.writer.begin({}, header);
    for (const Tag& tag : tags) first.receive(tag);
    Copy second;
    FileReader reader;
    for (const base::Bytes& run : header.take()) reader.receive(run);
    for (const base::Bytes& run : first.out.take()) reader.receive(run);
    while (const auto tag = reader.next().value()) second.receive(*tag);
    require(std::ranges::equal(first.samples, second.samples, same));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::uint8_t seed = data[0];
    const base::ByteView bytes(data + 1, size - 1);
    const Outcome whole = read(bytes, SIZE_MAX, seed);
    require(read(bytes, 16, seed) == whole);
    check_copy(whole.tags);

    const base::Bytes body = base::Bytes::copy_of(bytes);
    BodyParser parser;
    (void)parser.receive(TagType::video, 0, body);
    (void)parser.receive(TagType::audio, 0, body);
    if (const auto metadata = parse_metadata(body)) {
        media::Track track;
        metadata->apply_to(track);
        require(track.width <= 16'384 && track.frame_rate <= 1000);
    }
    return 0;
}
