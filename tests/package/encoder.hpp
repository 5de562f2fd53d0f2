// What a worker makes of a source, in miniature: pictures are put into the order in which they are shown, held back as an
// encoder that looks ahead does, and come out with a keyframe where the source has its boundary; sound comes out on a grid of
// its own. A worker can be killed: what is inside is lost, and the next one starts at a keyframe of the source.
#pragma once

#include "rig.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weir::package::test {

struct RungShape {
    std::string name = "360p";
    media::Kind kind = media::Kind::video;
    std::uint32_t width = 640;
    std::size_t delay = 10;  ///< frames that the encoder holds
    bool reordered = true;   ///< B-frames
    std::int64_t gop = 60;   ///< frames without a boundary until a keyframe comes all the same
    std::uint64_t bitrate = 0;
};

class Encoder {
  public:
    explicit Encoder(RungShape shape) : shape_(std::move(shape)) { start_over(); }

    [[nodiscard]] const RungShape& shape() const noexcept { return shape_; }
    void set_width(std::uint32_t width) { shape_.width = width; }

    void receive(const stream::Entry& entry) {
        const bool is_video = entry.packet->track == media::video_track_id;
        if (is_video != (shape_.kind == media::Kind::video)) return;
        if (is_video) receive_picture(*entry.packet, entry.tracks->first(media::Kind::video)->frame_rate);
        else receive_sound(*entry.packet);
    }
    /// Everything that is inside comes out.
    void flush() {
        while (!decoded_.empty()) show();
        encode(0);
        dts_.clear();
    }
    void start_over() {
        decoded_.clear();
        frames_.clear();
        dts_.clear();
        grid_.reset();
        since_keyframe_ = shape_.gop;
        breaks_ = false;
    }
    /// It continues nothing that came before.
    void mark_break() { breaks_ = true; }
    [[nodiscard]] std::vector<stream::Entry> take() { return std::exchange(out_, {}); }

  private:
    struct Frame {
        Ticks pts;
        Ticks duration;
        bool keyframe = false;
        bool boundary = false;
        bool breaks = false;
    };

    void receive_picture(const media::Packet& packet, double frame_rate) {
        if (packet.discontinuity) flush();
        if (shape_tracks_ == nullptr || frame_rate != frame_rate_ || width_ != shape_.width) make_tracks(frame_rate);
        const Frame frame{.pts = packet.pts,
                          .duration = packet.duration,
                          .keyframe = false,
                          .boundary = packet.segment_boundary,
                          .breaks = packet.discontinuity};
        decoded_.insert(std::ranges::upper_bound(decoded_, frame.pts, {}, &Frame::pts), frame);
        while (decoded_.size() > 2) show();
    }

    /// The decoder hands on the earliest picture.
    void show() {
        Frame frame = decoded_.front();
        decoded_.pop_front();
        frame.breaks |= std::exchange(breaks_, false);
        frame.keyframe = frame.boundary || frame.breaks || ++since_keyframe_ > shape_.gop;
        if (frame.keyframe) since_keyframe_ = 0;
        if (dts_.empty() && shape_.reordered) dts_.push_back(frame.pts - frame.duration);
        dts_.push_back(frame.pts);
        frames_.push_back(frame);
        encode(shape_.delay);
    }

    /// Until no more than `held` are left: I0 P2 B1 P4 B3 ..., with groups closed.
    void encode(std::size_t held) {
        while (frames_.size() > held) {
            const Frame first = frames_.front();
            frames_.pop_front();
            const bool is_pair = shape_.reordered && !first.keyframe && !frames_.empty() && !frames_.front().keyframe;
            if (is_pair) {
                emit(frames_.front());
                frames_.pop_front();
            }
            emit(first);
        }
    }

    void emit(const Frame& frame) {
        auto packet = std::make_shared<media::Packet>();
        packet->track = media::video_track_id;
        packet->pts = frame.pts;
        packet->dts = dts_.front();
        packet->duration = frame.duration;
        packet->keyframe = frame.keyframe;
        packet->segment_boundary = frame.boundary;
        packet->discontinuity = frame.breaks;
        packet->payload = video_payload(frame.keyframe ? 400 : 100, frame.keyframe);
        dts_.pop_front();
        out_.push_back({.sequence = 0, .packet = std::move(packet), .tracks = shape_tracks_, .join = false});
    }

    void receive_sound(const media::Packet& packet) {
        constexpr std::int64_t rate = 48'000;
        if (packet.discontinuity) grid_.reset();
        if (!grid_) {
            grid_ = packet.pts;
            made_ = 0;
        }
        if (shape_tracks_ == nullptr) {
            auto set = std::make_shared<media::TrackSet>();
            set->tracks.push_back(audio_track(rate));
            shape_tracks_ = std::move(set);
        }
        const auto at = [&](std::int64_t frame) { return *grid_ + Ticks::from(frame * 1024, rate); };
        const Ticks held = Ticks::from(static_cast<std::int64_t>(shape_.delay) * 1024, rate);
        bool breaks = std::exchange(breaks_, false) || packet.discontinuity;
        for (; at(made_ + 1) + held <= packet.pts + packet.duration; ++made_) {
            auto made = std::make_shared<media::Packet>();
            made->track = media::audio_track_id;
            made->dts = made->pts = at(made_);
            made->duration = at(made_ + 1) - at(made_);
            made->keyframe = true;
            made->discontinuity = std::exchange(breaks, false);
            made->payload = base::Bytes::copy_of(std::string(60, 's'));
            out_.push_back({.sequence = 0, .packet = std::move(made), .tracks = shape_tracks_, .join = false});
        }
        breaks_ |= breaks;
    }

    void make_tracks(double frame_rate) {
        auto set = std::make_shared<media::TrackSet>();
        set->tracks.push_back(video_track(shape_.width));
        set->tracks.back().frame_rate = frame_rate;
        frame_rate_ = frame_rate;
        width_ = shape_.width;
        shape_tracks_ = std::move(set);
    }

    RungShape shape_;
    media::TrackSetRef shape_tracks_;
    double frame_rate_ = 0;
    std::uint32_t width_ = 0;
    std::deque<Frame> decoded_;  ///< in the order in which they are shown
    std::deque<Frame> frames_;   ///< the encoder looks ahead over these
    std::deque<Ticks> dts_;      ///< of what comes out next
    std::int64_t since_keyframe_ = 0;
    std::optional<Ticks> grid_;  ///< of sound: its first frame
    std::int64_t made_ = 0;
    bool breaks_ = false;
    std::vector<stream::Entry> out_;
};

/// A rig whose source has rungs.
class Ladder {
  public:
    explicit Ladder(const std::vector<RungShape>& shapes, const config::StreamOptions& options = {},
                    SegmenterLimits limits = {})
        : rig(options, limits) {
        set(shapes);
    }
    /// Another worker with other rungs, which begins at the next keyframe; those of the same name are interrupted.
    void change(const std::vector<RungShape>& shapes) {
        const std::vector<Encoder> before = std::exchange(encoders, {});
        back_at = newest;
        set(shapes);
        for (std::size_t rung = 0; rung < shapes.size(); ++rung) {
            encoders[rung].mark_break();
            const auto has_its_name = [&](const Encoder& one) { return one.shape().name == shapes[rung].name; };
            if (std::ranges::any_of(before, has_its_name)) interrupt(rung);
        }
    }

    void run(Source& source, Ticks until) {
        while (source.position() < until) write(source.next());
    }
    void write(const stream::Entry& entry) {
        newest = entry.packet->dts;
        rig.write(entry);
        const bool is_keyframe = entry.packet->track == media::video_track_id && entry.packet->keyframe;
        if (back_at && is_keyframe && entry.packet->dts >= *back_at) back_at.reset();
        if (back_at) return;
        for (std::size_t rung = 0; rung < encoders.size(); ++rung) {
            encoders[rung].receive(entry);
            deliver(rung);
        }
    }
    /// The worker is gone; another one is ready after `outage`. Its supervisor says so, or nobody does.
    void kill(Ticks outage, bool is_told = true) {
        back_at = newest + outage;
        for (std::size_t rung = 0; rung < encoders.size(); ++rung) {
            encoders[rung].start_over();
            encoders[rung].mark_break();
            if (is_told) interrupt(rung);
        }
    }
    void interrupt(std::size_t rung) {
        rig.segmenter.interrupt_rung(rung);
        rig.look();
    }
    void flush() {
        for (std::size_t rung = 0; rung < encoders.size(); ++rung) {
            encoders[rung].flush();
            deliver(rung);
        }
    }

    Rig rig;
    std::vector<Encoder> encoders;
    /// Packets of a rung that never arrive.
    std::function<bool(std::size_t rung, const media::Packet&)> is_lost = [](auto, const auto&) { return false; };
    Ticks newest;
    std::optional<Ticks> back_at;

  private:
    void set(const std::vector<RungShape>& shapes) {
        std::vector<stream::Packager::Rung> rungs;
        for (const RungShape& shape : shapes) {
            rungs.push_back({.name = shape.name, .kind = shape.kind, .bitrate = shape.bitrate});
            encoders.emplace_back(shape);
        }
        rig.segmenter.set_rungs(rungs);
        rig.look();
    }
    void deliver(std::size_t rung) {
        for (const stream::Entry& entry : encoders[rung].take())
            if (!is_lost(rung, *entry.packet)) rig.write_rung(rung, entry);
    }
};

}  // namespace weir::package::test
