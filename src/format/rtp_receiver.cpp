#include "format/rtp_receiver.hpp"

#include "format/rtp_decode_times.hpp"
#include "format/rtp_probation.hpp"
#include "format/rtp_reception.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::rtp {

using base::Bytes;
using base::Result;
using media::Ticks;

namespace {

JitterLimits limits_for(Receiver::Transport transport, JitterLimits limits) {
    if (transport == Receiver::Transport::ordered) limits.delay = {};
    return limits;
}

}  // namespace

/// One medium.
struct Receiver::Line {
    Line(const Format& of, std::uint32_t id, const JitterLimits& limits, std::unique_ptr<Depacketizer> frames)
        : format(of),
          track(id),
          packets(limits),
          probation(of.clock),
          depacketizer(std::move(frames)),
          reception(of.clock) {}

    /// The packets that are this source's, in the order of arrival: those of another are when two in a row agree.
    [[nodiscard]] bool changes_source(const Packet& packet) {
        if (!ssrc || packet.header.ssrc == *ssrc) return !ssrc;
        const auto before = static_cast<std::uint16_t>(packet.header.sequence - 1);
        return stranger && stranger->header.ssrc == packet.header.ssrc && stranger->header.sequence == before;
    }

    Format format;
    std::uint32_t track;
    JitterBuffer packets;
    Probation probation;
    std::unique_ptr<Depacketizer> depacketizer;
    Reception reception;
    DecodeTimes decode_times;
    std::optional<std::uint32_t> ssrc;      ///< empty before the first packet
    std::optional<Packet> stranger;         ///< of another source, which may take this one's place
    std::optional<media::Track> described;  ///< for its next access unit
    ReceptionCounts counts;
    bool told_disagreement = false;
};

Receiver::Receiver(Transport transport, std::uint32_t ssrc, const Limits& limits)
    : transport_(transport), ssrc_(ssrc), limits_(limits) {}

Receiver::~Receiver() = default;

Result<void> Receiver::add(const Format& format, std::uint32_t track) {
    auto depacketizer = TRY(create_depacketizer(format, limits_.frames));
    clock_.add(format.clock, media::info(format.codec).kind == media::Kind::audio);
    lines_.push_back(
        std::make_unique<Line>(format, track, limits_for(transport_, limits_.jitter), std::move(depacketizer)));
    drain(lines_.size() - 1);
    return {};
}

void Receiver::begin_at(std::size_t medium, std::uint32_t timestamp) { clock_.begin_at(medium, timestamp); }

void Receiver::receive(std::size_t medium, const Bytes& datagram, base::Now now) {
    if (is_rtcp(datagram)) return receive_control(medium, datagram, now);
    Line& line = *lines_[medium];
    ++line.counts.packets;
    line.counts.bytes += datagram.size();
    auto packet = parse(datagram);
    if (packet && packet->header.payload_type == line.format.payload_type) take(medium, std::move(*packet), now);
    else ++line.counts.malformed;
}

void Receiver::take(std::size_t medium, Packet packet, base::Now now) {
    Line& line = *lines_[medium];
    const bool changes = line.changes_source(packet);
    if (line.ssrc && packet.header.ssrc != *line.ssrc && !changes) {
        ++line.counts.malformed;
        line.stranger = std::move(packet);
        return;
    }
    const auto stranger = std::exchange(line.stranger, std::nullopt);
    if (changes) {
        if (line.ssrc) line.packets.end();
        drain(medium);
        line.probation.restart();
        line.ssrc = packet.header.ssrc;
        clock_.begin(medium, stranger ? stranger->header.timestamp : packet.header.timestamp, now.instant);
        if (stranger) line.packets.receive(*stranger, now.instant);
    }
    line.reception.receive(packet.header.timestamp, now.instant);
    line.packets.receive(std::move(packet), now.instant);
    drain(medium);
}

void Receiver::receive_control(std::size_t medium, base::ByteView datagram, base::Now now) {
    Line& line = *lines_[medium];
    const auto messages = rtcp::parse(datagram);
    if (!messages) {
        ++line.counts.malformed;
        return;
    }
    for (const rtcp::Message& message : *messages) {
        if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
            line.reception.receive_report(report->time, now.instant);
            clock_.report(medium, report->time, report->timestamp);
        } else if (const auto* goodbye = std::get_if<rtcp::Goodbye>(&message)) {
            take_leave(medium, *goodbye);
        }
    }
    if (clock_.disagrees(medium) && !std::exchange(line.told_disagreement, true))
        trouble_ = "the sender reports of the source's tracks disagree by more than ten seconds, and are not believed";
}

void Receiver::take_leave(std::size_t medium, const rtcp::Goodbye& goodbye) {
    Line& line = *lines_[medium];
    if (!line.ssrc || std::ranges::find(goodbye.ssrcs, *line.ssrc) == goodbye.ssrcs.end()) return;
    line.packets.end();
    drain(medium);
    events_.emplace_back(Left{.track = line.track});
}

void Receiver::tick(base::Now now) {
    for (std::size_t medium = 0; medium < lines_.size(); ++medium) {
        lines_[medium]->packets.tick(now.instant);
        drain(medium);
    }
}

/// What is in order becomes frames.
void Receiver::drain(std::size_t medium) {
    Line& line = *lines_[medium];
    do {
        while (auto event = line.depacketizer->next()) std::visit([&](auto& one) { hand_on(medium, one); }, *event);
        while (auto ordered = line.packets.next()) line.probation.receive(*std::move(ordered));
        const auto ordered = line.probation.next();
        if (!ordered) return;
        line.depacketizer->receive(ordered->packet, ordered->gap);
        if (const auto refusal = line.depacketizer->take_refusal(); !refusal.empty()) trouble_ = refusal;
    } while (true);
}

void Receiver::hand_on(std::size_t medium, media::Track& track) {
    Line& line = *lines_[medium];
    track.id = line.track;
    line.described = std::move(track);
}

void Receiver::hand_on(std::size_t medium, Unit& unit) {
    Line& line = *lines_[medium];
    if (auto track = std::exchange(line.described, std::nullopt)) {
        line.decode_times.follow(*track);
        events_.emplace_back(std::move(*track));
    }
    const bool is_video = media::info(line.format.codec).kind == media::Kind::video;
    const Ticks presented = clock_.time(medium, unit.timestamp);
    const Ticks decoded = is_video ? line.decode_times.next(presented, unit.gap) : presented;
    ++line.counts.samples;
    events_.emplace_back(Sample{.track = line.track,
                                .dts = decoded,
                                .composition_offset = presented - decoded,
                                .keyframe = unit.keyframe,
                                .payload = std::move(unit.payload)});
}

std::optional<Receiver::Event> Receiver::next_event() {
    if (events_.empty()) return std::nullopt;
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
}

base::Instant Receiver::deadline() const noexcept {
    base::Instant earliest = base::Instant::max();
    for (const auto& line : lines_) earliest = std::min(earliest, line->packets.deadline());
    return earliest;
}

void Receiver::write_report(std::size_t medium, std::string_view cname, base::Now now, base::ByteWriter& out) {
    Line& line = *lines_[medium];
    if (!line.ssrc) return;
    rtcp::write(
        rtcp::ReceiverReport{.ssrc = ssrc_, .blocks = {line.reception.report(*line.ssrc, line.packets, now.instant)}},
        out);
    rtcp::write(rtcp::SourceDescription{.ssrc = ssrc_, .cname = std::string(cname)}, out);
}

ReceptionCounts Receiver::counts(std::size_t medium) const {
    const Line& line = *lines_[medium];
    ReceptionCounts counts = line.counts;
    counts.malformed += line.probation.refused();
    counts.jitter = line.packets.counts();
    counts.frames = line.depacketizer->counts();
    counts.interarrival_jitter = line.reception.jitter();
    return counts;
}

std::string_view Receiver::take_trouble() noexcept { return std::exchange(trouble_, {}); }

}  // namespace weir::format::rtp
