#include "endpoint/rtsp_source.hpp"

#include "base/byte_writer.hpp"
#include "format/rtp_depacketizer.hpp"
#include "format/sdp.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::endpoint {

namespace rtp = format::rtp;
namespace sdp = format::sdp;
using base::ErrorKind;
using base::fail;

namespace {

constexpr base::Duration report_period = std::chrono::seconds(5);
constexpr std::string_view cname = "weir";

RtspSection section_of(const sdp::Media& media) {
    RtspSection section;
    if (const std::string* control = media.find("control")) section.control = *control;
    auto format = rtp::parse_format(media);
    if (!format) {
        section.left_out = format.error().text;
        return section;
    }
    if (const auto made = rtp::create_depacketizer(*format); !made) {
        section.left_out = made.error().text;
        return section;
    }
    const media::Kind kind = media::info(format->codec).kind;
    section.track = kind == media::Kind::video ? media::video_track_id : media::audio_track_id;
    section.format = *std::move(format);
    return section;
}

}  // namespace

/// Its time in 48 bits, as the intake unwraps it.
stream::Sample sample_of(rtp::Sample sample) {
    return {.track = sample.track,
            .wire_time = static_cast<std::uint64_t>(sample.dts.count()) & ((std::uint64_t{1} << rtp_clock.bits) - 1),
            .composition_offset = sample.composition_offset,
            .keyframe = sample.keyframe,
            .payload = std::move(sample.payload)};
}

std::vector<rtp::Sample> in_order_of_time(std::vector<rtp::Sample> samples) {
    if (samples.size() < 2) return samples;
    std::deque<rtp::Sample> ones;
    std::deque<rtp::Sample> others;
    for (rtp::Sample& sample : samples)
        (ones.empty() || sample.track == ones.front().track ? ones : others).push_back(std::move(sample));
    samples.clear();
    while (!ones.empty() || !others.empty()) {
        const bool is_one = others.empty() || (!ones.empty() && ones.front().dts <= others.front().dts);
        auto& next = is_one ? ones : others;
        samples.push_back(std::move(next.front()));
        next.pop_front();
    }
    return samples;
}

base::Result<std::vector<RtspSection>> parse_description(std::string_view description) {
    const sdp::Session session = TRY(sdp::parse(description));
    std::vector<RtspSection> sections;
    for (const sdp::Media& media : session.media) {
        RtspSection section = section_of(media);
        const auto same = [&](const RtspSection& other) { return other.format && other.track == section.track; };
        if (section.format && std::ranges::any_of(sections, same)) {
            section.format.reset();
            section.left_out = "one track of picture and one of sound are taken";
        }
        sections.push_back(std::move(section));
    }
    if (sections.empty()) return fail(ErrorKind::unsupported, "the description has no media");
    if (std::ranges::none_of(sections, [](const RtspSection& section) { return section.format.has_value(); }))
        return fail(ErrorKind::unsupported, sections.front().left_out);
    return sections;
}

RtspSource::RtspSource(std::vector<RtspSection> sections, RtpCounts& counts)
    : sections_(std::move(sections)), counts_(counts) {}

RtspSource::~RtspSource() { count(); }

std::vector<proto::rtsp::TrackOffer> RtspSource::offers() const {
    std::vector<proto::rtsp::TrackOffer> offers;
    offers.reserve(sections_.size());
    for (const RtspSection& section : sections_) offers.push_back({.control = section.control, .channels = {}});
    return offers;
}

base::Result<void> RtspSource::begin(rtp::Receiver::Transport transport, std::uint32_t ssrc) {
    receiver_ = std::make_unique<rtp::Receiver>(transport, ssrc, rtp::Receiver::Limits{});
    media_.assign(sections_.size(), std::nullopt);
    for (std::size_t i = 0; i < sections_.size(); ++i) {
        if (!sections_[i].format) continue;
        media_[i] = receiver_->media();
        TRY(receiver_->add(*sections_[i].format, sections_[i].track));
    }
    counted_.assign(receiver_->media(), {});
    return {};
}

void RtspSource::begin_at(std::span<const std::optional<std::uint32_t>> timestamps) {
    for (std::size_t section = 0; section < std::min(timestamps.size(), media_.size()); ++section)
        if (media_[section] && timestamps[section]) receiver_->begin_at(*media_[section], *timestamps[section]);
}

void RtspSource::receive(std::size_t section, bool is_control, const base::Bytes& packet, base::Now now) {
    if (receiver_ == nullptr || section >= media_.size() || !media_[section]) return;
    if (is_control) receiver_->receive_control(*media_[section], packet, now);
    else receiver_->receive(*media_[section], packet, now);
}

std::optional<rtp::Receiver::Event> RtspSource::next_event() {
    if (events_.empty()) sort_events();
    if (events_.empty()) return std::nullopt;
    rtp::Receiver::Event event = std::move(events_.front());
    events_.pop_front();
    if (std::holds_alternative<rtp::Left>(event)) ++left_;
    return event;
}

/// Of a source that catches up seconds of each track may come at once: one that is seconds behind the other would be given up.
void RtspSource::sort_events() {
    std::vector<rtp::Sample> samples;
    const auto put_samples = [&] {
        for (rtp::Sample& sample : in_order_of_time(std::exchange(samples, {})))
            events_.emplace_back(std::move(sample));
    };
    while (auto event = receiver_ == nullptr ? std::nullopt : receiver_->next_event()) {
        if (auto* sample = std::get_if<rtp::Sample>(&*event)) {
            samples.push_back(std::move(*sample));
            continue;
        }
        put_samples();
        events_.push_back(*std::move(event));
    }
    put_samples();
}

std::string_view RtspSource::take_trouble() noexcept {
    return receiver_ == nullptr ? std::string_view() : receiver_->take_trouble();
}

bool RtspSource::drain(Contribution& contribution, base::Now now) {
    while (auto event = next_event()) {
        if (auto* track = std::get_if<media::Track>(&*event)) {
            contribution.announce(std::move(*track), rtp_clock, now);
        } else if (auto* sample = std::get_if<rtp::Sample>(&*event)) {
            const auto taken = contribution.receive(sample_of(std::move(*sample)), now);
            if (!taken) contribution.trouble(taken.error().text);
        }
    }
    if (const std::string_view trouble = take_trouble(); !trouble.empty()) contribution.trouble(trouble);
    contribution.deliver(now);
    return !has_left();
}

void RtspSource::tick(base::Now now) {
    if (receiver_ == nullptr) return;
    receiver_->tick(now);
    count();
}

std::vector<RtspSource::Report> RtspSource::take_reports(base::Now now) {
    std::vector<Report> reports;
    if (receiver_ == nullptr || now.instant < reported_ + report_period) return reports;
    reported_ = now.instant;
    for (std::size_t section = 0; section < media_.size(); ++section) {
        if (!media_[section]) continue;
        base::ByteWriter out;
        receiver_->write_report(*media_[section], cname, now, out);
        if (out.size() > 0) reports.push_back({section, out.to_bytes()});
    }
    return reports;
}

/// What has come since the last time, into the counters of all.
void RtspSource::count() {
    for (std::size_t i = 0; i < counted_.size(); ++i) {
        const rtp::ReceptionCounts now = receiver_->counts(i);
        rtp::ReceptionCounts& last = counted_[i];
        counts_.packets.add(now.packets - last.packets);
        counts_.packets_lost.add(now.jitter.lost - last.jitter.lost);
        counts_.packets_reordered.add(now.jitter.reordered - last.jitter.reordered);
        counts_.packets_refused.add(now.malformed + now.frames.payloads_refused - last.malformed -
                                    last.frames.payloads_refused);
        counts_.groups_damaged.add(now.frames.groups_damaged - last.frames.groups_damaged);
        counts_.frames_dropped.add(now.frames.frames_dropped - last.frames.frames_dropped);
        last = now;
    }
}

}  // namespace weir::endpoint
