#include "app/formats.hpp"

#include "format/adts_serializer.hpp"
#include "format/cmaf_entries.hpp"
#include "format/flv_serializer.hpp"
#include "format/flv_tags.hpp"
#include "format/fmp4_serializer.hpp"
#include "format/mpegts_mux.hpp"
#include "format/mpegts_serializer.hpp"
#include "format/rtmp_serializer.hpp"
#include "format/rtp_serializer.hpp"
#include "proto/http/websocket.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace weir::app {

namespace websocket = proto::http::websocket;

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

// The same as WebSocket messages: a binary one for each message of the log, so that what goes in between (a pong) finds its place.
template <typename Writer>
class InMessages final : public stream::Serializer {
  public:
    explicit InMessages(media::Ticks origin) noexcept : writer_(origin) {}

    void begin(const media::TrackSet& tracks, base::SlabWriter& out) override {
        writer_.begin(tracks, message_);
        send(out);
    }
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) override {
        writer_.tracks(tracks, at, message_);
        send(out);
    }
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) override {
        writer_.write(packet, track, message_);
        send(out);
    }

  private:
    void send(base::SlabWriter& out) {
        const std::vector<base::Bytes> runs = message_.take();
        std::uint64_t size = 0;
        for (const base::Bytes& run : runs) size += run.size();
        if (size == 0) return;
        header_.clear();
        websocket::write_header(websocket::Opcode::binary, size, header_);
        out.append(header_.view());
        for (const base::Bytes& run : runs) out.append(run);
    }

    static constexpr std::size_t slab_size = 16U << 10;

    Writer writer_;
    base::SlabWriter message_{slab_size};
    base::ByteWriter header_;
};

template <typename Writer>
std::unique_ptr<stream::Serializer> create_in_messages(media::Ticks origin) {
    return std::make_unique<InMessages<Writer>>(origin);
}

// The same of some tracks alone.
template <typename Writer, std::uint32_t... ids>
class Chosen final : public stream::Serializer {
  public:
    explicit Chosen(media::Ticks origin) noexcept : writer_(origin) {}

    void begin(const media::TrackSet& tracks, base::SlabWriter& out) override { writer_.begin(chosen(tracks), out); }
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) override {
        writer_.tracks(chosen(tracks), at, out);
    }
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) override {
        if (((track.id == ids) || ...)) writer_.write(packet, track, out);
    }

  private:
    static media::TrackSet chosen(const media::TrackSet& tracks) {
        media::TrackSet some;
        std::ranges::copy_if(tracks.tracks, std::back_inserter(some.tracks),
                             [](const media::Track& track) { return ((track.id == ids) || ...); });
        return some;
    }

    Writer writer_;
};

template <typename Writer, std::uint32_t... ids>
std::unique_ptr<stream::Serializer> create_chosen(media::Ticks origin) {
    return std::make_unique<Chosen<Writer, ids...>>(origin);
}

}  // namespace

const stream::WireFormat flv_format{.name = "flv",
                                    .create = &create<format::flv::StreamWriter>,
                                    .longest = format::flv::longest_stream,
                                    .can_carry = &format::flv::can_carry};

const stream::WireFormat rtmp_format{.name = "rtmp",
                                     .create = &create<format::rtmp::StreamWriter>,
                                     .longest = format::flv::longest_stream,
                                     .can_carry = &format::flv::can_carry};

const stream::WireFormat ts_format{.name = "ts",
                                   .create = &create<format::mpegts::StreamWriter>,
                                   .longest = format::mpegts::longest_stream,
                                   .can_carry = &format::mpegts::can_carry};
const stream::WireFormat rtsp_format{
    .name = "rtsp",
    .create = &create_chosen<format::rtp::StreamWriter, media::video_track_id, media::audio_track_id>,
    .longest = format::rtp::longest_stream};
const stream::WireFormat rtsp_picture_format{.name = "rtsp-picture",
                                             .create = &create_chosen<format::rtp::StreamWriter, media::video_track_id>,
                                             .longest = format::rtp::longest_stream};
const stream::WireFormat rtsp_sound_format{.name = "rtsp-sound",
                                           .create = &create_chosen<format::rtp::StreamWriter, media::audio_track_id>,
                                           .longest = format::rtp::longest_stream};

namespace {

using enum stream::ViewerProtocol;

const stream::WireFormat flv_messages{.name = "ws-flv",
                                      .create = &create_in_messages<format::flv::StreamWriter>,
                                      .longest = format::flv::longest_stream,
                                      .can_carry = &format::flv::can_carry};
const stream::WireFormat mp4_format{.name = "mp4",
                                    .create = &create<format::fmp4::StreamWriter>,
                                    .longest = format::fmp4::longest_stream,
                                    .can_carry = &format::cmaf::can_carry};
const stream::WireFormat mp4_messages{.name = "ws-mp4",
                                      .create = &create_in_messages<format::fmp4::StreamWriter>,
                                      .longest = format::fmp4::longest_stream,
                                      .can_carry = &format::cmaf::can_carry};
const stream::WireFormat aac_format{.name = "aac",
                                    .create = &create<format::adts::StreamWriter>,
                                    .longest = format::adts::longest_stream,
                                    .can_carry = &format::adts::can_carry};

const std::array<endpoint::LogForm, 4> forms{{
    {".flv", "video/x-flv", flv, &flv_format, &flv_messages, &format::flv::carriage},
    {".ts", "video/mp2t", ts, &ts_format, nullptr, &format::mpegts::carriage},
    {".mp4", "video/mp4", mp4, &mp4_format, &mp4_messages, &format::cmaf::carriage},
    {".aac", "audio/aac", aac, &aac_format, nullptr, &format::adts::carriage},
}};

}  // namespace

std::span<const endpoint::LogForm> log_forms() noexcept { return forms; }

}  // namespace weir::app
