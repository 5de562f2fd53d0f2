#include "worker/video_decode.hpp"

#include "base/clock.hpp"
#include "media/clock_sei.hpp"

#include <algorithm>
#include <utility>

namespace weir::worker {

namespace {

constexpr std::size_t most_expected = 256;      ///< packets that may be inside a decoder; older ones have no picture
constexpr int most_errors_while_draining = 16;  ///< then the decoder is given up with what it holds
constexpr double pixels_per_thread = 150e6;     ///< a second: what one thread decodes with some room to spare

/// One thread where that does: more would hold more pictures, and give each of them later.
unsigned threads_for(const media::Track& track, unsigned cores) {
    const double pixels = static_cast<double>(track.width) * track.height * std::max(track.frame_rate, 25.0);
    const auto wanted = static_cast<unsigned>(pixels / pixels_per_thread) + 1;
    return std::clamp(wanted, 1U, cores);
}

}  // namespace

void VideoDecode::run() {
    while (const auto item = in_.pop()) std::visit([this](const auto& each) { take(each); }, *item);
}

void VideoDecode::take(const media::TrackSetRef& tracks) {
    const media::Track* track = tracks->first(media::Kind::video);
    if (track != nullptr && track_ && track->codec == track_->codec && track->config == track_->config) return;
    finish();
    track_ = track == nullptr ? std::nullopt : std::optional(*track);
}

void VideoDecode::take(const SourcePacket& source) {
    if (source.packet.discontinuity) {
        finish();
        discontinuity_ = true;
    }
    if (!decoder_ && !open(source.packet)) return;
    expect(source);
    if (auto sent = decoder_->send(source.packet); !sent) trouble(sent.error());
    receive();
}

void VideoDecode::take(const DrainRef& mark) {
    finish();
    out_.push(mark);
}

bool VideoDecode::open(const media::Packet& packet) {
    // Before a keyframe there is nothing to decode, and after a failure nothing else to try.
    if (!track_ || !packet.keyframe) return false;
    decoder_.emplace();
    auto opened = decoder_->open(*track_, threads_for(*track_, cores_));
    if (opened) return true;
    trouble(opened.error());
    decoder_.reset();
    return false;
}

void VideoDecode::expect(const SourcePacket& source) {
    const media::Packet& packet = source.packet;
    const av::Marks marks{.segment_boundary = packet.segment_boundary,
                          .clock = media::find_clock(track_->codec, packet.payload)};
    expected_.push_back({packet.pts, marks, source.arrived});
    if (expected_.size() > most_expected) expected_.pop_front();
}

void VideoDecode::receive() {
    while (true) {
        auto frame = decoder_->receive();
        if (!frame) return trouble(frame.error());
        if (!*frame) return;
        pass_on(*std::move(*frame));
    }
}

void VideoDecode::finish() {
    if (!decoder_) return;
    if (auto drained = decoder_->drain(); !drained) trouble(drained.error());
    for (int errors = 0; decoder_->state() != av::DecoderState::closed && errors < most_errors_while_draining; ++errors)
        receive();
    decoder_.reset();
    expected_.clear();
}

VideoDecode::Expected VideoDecode::claim(media::Ticks pts) {
    Expected claimed{pts, {}, base::Instant(std::chrono::steady_clock::now())};
    std::erase_if(expected_, [&](const Expected& each) {
        if (each.pts == pts) claimed = each;
        return each.pts <= pts;
    });
    return claimed;
}

void VideoDecode::pass_on(av::Frame frame) {
    const media::Ticks pts = frame.pts();
    Expected claimed = claim(pts);
    if (last_pts_ && pts <= *last_pts_) {
        ++counters_.errors;
        return;
    }
    last_pts_ = pts;
    ++counters_.frames;
    claimed.marks.discontinuity = std::exchange(discontinuity_, false);
    out_.push(Picture{std::make_shared<const av::Frame>(std::move(frame)), claimed.marks, track_->frame_rate,
                      claimed.arrived});
}

void VideoDecode::trouble(const base::Error& error) {
    ++counters_.errors;
    outlet_.trouble("source", error.text, std::chrono::steady_clock::now());
}

}  // namespace weir::worker
