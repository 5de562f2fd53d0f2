#include "format/mpegts_demux.hpp"

#include "format/mpegts_audio.hpp"
#include "format/mpegts_packet_reader.hpp"
#include "format/mpegts_packets.hpp"
#include "format/mpegts_pes.hpp"
#include "format/mpegts_streams.hpp"
#include "format/mpegts_tables.hpp"
#include "format/mpegts_video.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

namespace weir::format::mpegts {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Kind;

namespace {

constexpr std::uint16_t association_pid = 0;
constexpr std::uint16_t null_pid = 0x1fff;
constexpr std::int64_t clock_size = (std::int64_t{1} << 33) * 300;
constexpr std::int64_t longest_clock_step = pcr_scale;  // it is told ten times a second; packets may be lost

using Lane = std::variant<VideoLane, AudioLane>;

Lane lane_for(media::Codec codec, LaneIdentity identity) {
    if (media::info(codec).kind == Kind::video) return VideoLane(codec, std::move(identity));
    return AudioLane(codec, std::move(identity));
}

auto not_a_stream() { return fail(ErrorKind::malformed, "this is not an MPEG transport stream"); }

}  // namespace

class Demuxer::Machine {
  public:
    Machine(Selection selection, const DemuxLimits& limits)
        : selection_(selection), limits_(limits), finder_(limits.search.bytes()) {}

    void receive(ByteView bytes);
    void finish();
    Result<std::optional<Event>> next();

    const Faults& faults() const noexcept { return faults_; }
    std::vector<std::uint16_t> programs() const;
    std::uint16_t program() const noexcept { return program_; }

  private:
    /// A PID with tables.
    struct Tables {
        CounterWatch counter;
        SectionReader sections;
    };
    struct Program {
        std::uint16_t number = 0;
        std::uint16_t map_pid = 0;
        Tables tables;
    };
    /// A PID with media that is taken.
    struct Stream {
        std::uint16_t pid = 0;
        std::uint8_t type = 0;
        std::uint32_t track = 0;
        CounterWatch counter;
        PesReader pes;
        Lane lane;
    };

    void drain_packets();
    void take(ByteView bytes);
    void take_tables(Tables& tables, const TransportPacket& packet, ByteView bytes,
                     void (Machine::*take)(const Bytes&));
    void take_media(Stream& stream, const TransportPacket& packet, ByteView bytes);
    void take_units(Stream& stream);
    void watch_clock(const TransportPacket& packet);

    void take_association(const Bytes& section);
    void take_map(const Bytes& section);
    void follow(const Map& map);
    void follow_stream(const Map::Stream& stream, std::vector<Stream>& next);
    [[nodiscard]] std::uint32_t number_track(Kind kind, const std::vector<Stream>& taken) const;
    void let_go();
    [[nodiscard]] CounterWatch::Step count(CounterWatch& counter, const TransportPacket& packet, ByteView bytes);
    void refuse(std::string_view text) { events_.emplace_back(Refusal{text}); }

    const Selection selection_;
    const DemuxLimits limits_;
    PacketFinder finder_;
    Tables association_;
    std::vector<Program> programs_;
    std::uint16_t program_ = 0;
    Bytes map_;  ///< the section in force
    std::uint16_t clock_pid_ = null_pid;
    std::optional<std::int64_t> clock_;
    std::vector<Stream> streams_;
    bool told_encrypted_ = false;
    Faults faults_;
    std::deque<Event> events_;
    std::optional<base::Error> error_;
};

// Bytes

void Demuxer::Machine::receive(ByteView bytes) {
    if (error_) return;
    finder_.receive(bytes);
    drain_packets();
}

void Demuxer::Machine::finish() {
    if (error_) return;
    finder_.finish();
    drain_packets();
    let_go();
    if (!finder_.has_found()) error_ = not_a_stream().error();
}

void Demuxer::Machine::drain_packets() {
    while (const auto packet = finder_.next()) take(*packet);
    faults_.sync = finder_.losses();
    if (finder_.has_given_up()) error_ = not_a_stream().error();
}

Result<std::optional<Event>> Demuxer::Machine::next() {
    if (events_.empty()) {
        if (error_) return std::unexpected(*error_);
        return std::nullopt;
    }
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
}

std::vector<std::uint16_t> Demuxer::Machine::programs() const {
    std::vector<std::uint16_t> numbers;
    for (const Program& program : programs_) numbers.push_back(program.number);
    return numbers;
}

// Packets

void Demuxer::Machine::take(ByteView bytes) {
    const auto parsed = parse_packet(bytes);
    if (!parsed || parsed->is_damaged) {
        ++faults_.damaged;
        return;
    }
    const TransportPacket& packet = *parsed;
    if (packet.pid == null_pid) return;
    if (packet.pid == association_pid) return take_tables(association_, packet, bytes, &Machine::take_association);
    if (packet.pid == clock_pid_) watch_clock(packet);
    const auto stream = std::ranges::find(streams_, packet.pid, &Stream::pid);
    if (stream != streams_.end()) return take_media(*stream, packet, bytes);
    const auto program = std::ranges::find(programs_, packet.pid, &Program::map_pid);
    if (program != programs_.end()) take_tables(program->tables, packet, bytes, &Machine::take_map);
}

CounterWatch::Step Demuxer::Machine::count(CounterWatch& counter, const TransportPacket& packet, ByteView bytes) {
    const CounterWatch::Step step = counter.receive(packet, bytes);
    if (step == CounterWatch::Step::repeats) ++faults_.duplicated;
    if (step == CounterWatch::Step::gap) ++faults_.lost;
    return step;
}

void Demuxer::Machine::take_tables(Tables& tables, const TransportPacket& packet, ByteView bytes,
                                   void (Machine::*take)(const Bytes&)) {
    const CounterWatch::Step step = count(tables.counter, packet, bytes);
    if (step == CounterWatch::Step::repeats || !packet.has_payload) return;
    if (step == CounterWatch::Step::gap) tables.sections.lose();
    tables.sections.receive(packet.starts_unit, packet.payload);
    // What is taken may do away with the very program that it came from.
    std::vector<Bytes> sections;
    while (auto section = tables.sections.next()) sections.push_back(*std::move(section));
    for (const Bytes& section : sections) (this->*take)(section);
}

void Demuxer::Machine::take_media(Stream& stream, const TransportPacket& packet, ByteView bytes) {
    if (packet.is_encrypted) {
        ++faults_.encrypted;
        if (!std::exchange(told_encrypted_, true)) refuse("the stream is encrypted: send it in the clear");
        return;
    }
    const CounterWatch::Step step = count(stream.counter, packet, bytes);
    if (step == CounterWatch::Step::repeats || !packet.has_payload) return;
    if (step == CounterWatch::Step::gap) {
        stream.pes.lose();
        take_units(stream);
        std::visit([](auto& lane) { lane.lose(); }, stream.lane);
    }
    stream.pes.receive(packet.starts_unit, packet.payload);
    take_units(stream);
}

void Demuxer::Machine::take_units(Stream& stream) {
    while (const auto pes = stream.pes.next())
        std::visit([&](auto& lane) { lane.receive(*pes, {events_, faults_, limits_}); }, stream.lane);
    faults_.oversized += stream.pes.take_oversized();
    faults_.damaged += stream.pes.take_malformed();
}

void Demuxer::Machine::watch_clock(const TransportPacket& packet) {
    if (!packet.pcr) return;
    const std::int64_t step = clock_ ? (*packet.pcr - *clock_ + clock_size) % clock_size : 0;
    if (step > longest_clock_step) ++faults_.clock;
    clock_ = packet.pcr;
}

// Tables

void Demuxer::Machine::take_association(const Bytes& section) {
    const auto parsed = parse_association(section);
    if (!parsed) {
        ++faults_.tables;
        return;
    }
    if (!parsed->in_force) return;
    std::vector<Program> next;
    if (!parsed->is_first) next = std::move(programs_);
    for (const Association::Program& one : parsed->programs) {
        const auto is_it = [&](const Program& known) {
            return known.number == one.number && known.map_pid == one.map_pid;
        };
        if (std::ranges::any_of(next, is_it) || next.size() >= limits_.programs) continue;
        const auto known = std::ranges::find_if(programs_, is_it);
        if (known != programs_.end()) next.push_back(std::move(*known));
        else next.push_back({.number = one.number, .map_pid = one.map_pid});
    }
    programs_ = std::move(next);
    if (program_ != 0 && std::ranges::find(programs_, program_, &Program::number) == programs_.end()) let_go();
}

void Demuxer::Machine::take_map(const Bytes& section) {
    if (section == map_) return;
    const auto map = parse_map(section);
    if (!map) {
        if (map.error().kind != ErrorKind::unsupported) ++faults_.tables;
        return;
    }
    if (!map->in_force || (selection_.program != 0 && map->program != selection_.program)) return;
    if (program_ == 0) {
        const bool has_media = std::ranges::any_of(
            map->streams, [](const Map::Stream& stream) { return stream_kind(stream).codec.has_value(); });
        if (!has_media && selection_.program == 0) return;
        program_ = map->program;
    }
    if (map->program != program_) return;
    map_ = section;
    follow(*map);
}

// Streams that stay keep what they have; those that go end.
void Demuxer::Machine::follow(const Map& map) {
    if (clock_pid_ != map.clock_pid) clock_.reset();
    clock_pid_ = map.clock_pid;
    std::vector<Stream> next;
    for (const Map::Stream& stream : map.streams) follow_stream(stream, next);
    for (Stream& gone : streams_) {
        gone.pes.finish();
        take_units(gone);
    }
    streams_ = std::move(next);
}

void Demuxer::Machine::follow_stream(const Map::Stream& stream, std::vector<Stream>& next) {
    StreamKind kind = stream_kind(stream);
    if (!kind.refusal.empty()) refuse(kind.refusal);
    if (!kind.codec || stream.pid == association_pid || stream.pid == null_pid) return;
    if (std::ranges::find(next, stream.pid, &Stream::pid) != next.end()) return;
    const std::uint32_t track = number_track(media::info(*kind.codec).kind, next);
    if (track == 0) return refuse("a further track of the same kind is left out");
    const auto known = std::ranges::find(streams_, stream.pid, &Stream::pid);
    if (known != streams_.end() && known->type == stream.type && known->track == track) {
        next.push_back(std::move(*known));
        streams_.erase(known);
        return;
    }
    next.push_back(
        {.pid = stream.pid,
         .type = stream.type,
         .track = track,
         .counter = {},
         .pes = PesReader(limits_.access_unit.bytes()),
         .lane = lane_for(*kind.codec,
                          {.track = track, .language = std::move(kind.language), .config = std::move(kind.config)})});
}

/// 0: it is not taken.
std::uint32_t Demuxer::Machine::number_track(Kind kind, const std::vector<Stream>& taken) const {
    if (taken.size() >= limits_.tracks) return 0;
    const std::uint32_t first = kind == Kind::video ? media::video_track_id : media::audio_track_id;
    if (std::ranges::find(taken, first, &Stream::track) == taken.end()) return first;
    if (!selection_.every_track) return 0;
    std::uint32_t further = std::max(media::video_track_id, media::audio_track_id) + 1;
    for (const Stream& stream : taken) further = std::max(further, stream.track + 1);
    return further;
}

void Demuxer::Machine::let_go() {
    for (Stream& stream : streams_) {
        stream.pes.finish();
        take_units(stream);
    }
    streams_.clear();
    map_ = {};
    program_ = 0;
    clock_pid_ = null_pid;
    clock_.reset();
}

// The face

Demuxer::Demuxer(Selection selection, const DemuxLimits& limits)
    : machine_(std::make_unique<Machine>(selection, limits)) {}
Demuxer::Demuxer(Demuxer&&) noexcept = default;
Demuxer& Demuxer::operator=(Demuxer&&) noexcept = default;
Demuxer::~Demuxer() = default;

void Demuxer::receive(ByteView bytes) { machine_->receive(bytes); }
void Demuxer::finish() { machine_->finish(); }
Result<std::optional<Event>> Demuxer::next() { return machine_->next(); }
const Faults& Demuxer::faults() const noexcept { return machine_->faults(); }
std::vector<std::uint16_t> Demuxer::programs() const { return machine_->programs(); }
std::uint16_t Demuxer::program() const noexcept { return machine_->program(); }

}  // namespace weir::format::mpegts
