// The rungs of a stream beside its source. Decides when their transcoder is made (the first tracks are complete by then, and the
// bit rate of the video is announced, or measured for a second; where no picture is to be made, at once), hands it the source from a
// join point on, and takes what it makes: into the rung's own rendition, and to the packager. Whatever happens here, the source does
// not notice. Who watches the log of a rung waits for its next worker for a few seconds; of one that was given up, that failed or that
// does not come they are let go. Another ladder takes the place of what there is at a keyframe of the source: rungs that have the name
// of one that was go on, with as much missing as when a worker is lost.
// Owned by its stream, on whose shard it lives.
#pragma once

#include "base/journal.hpp"
#include "stream/logs.hpp"
#include "stream/packager.hpp"
#include "stream/rung.hpp"
#include "stream/track_rungs.hpp"
#include "stream/transcoder.hpp"
#include "stream/wall_mapping.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::stream {

/// A rung at one moment, for others.
struct RungSnapshot {
    RungPlan plan;
    RungStats stats;
    RungCounts counts;
    std::uint64_t bitrate = 0;  ///< bits a second over the last seconds
    media::TrackSetRef tracks;  ///< of its newest packet; null while there is none
};

class Ladder final : private RungSink {
  public:
    /// What it stands in; all of it outlives the transcoder.
    struct Surroundings {
        const base::StreamId& id;
        base::Executor& shard;
        const base::Log& journal;
        Packager& packager;
        const WallMapping& wall;
        Logs& logs;
        StillSink& stills;
    };
    struct Limits {
        Rendition::Limits held{};
        Rung::Limits rung{};
        TrackRungs::Limits tracks{};
    };

    Ladder(Surroundings around, TranscoderFactory factory, const Limits& limits)
        : around_(around), factory_(std::move(factory)), limits_(limits) {}

    /// The newest entry of `source`, which holds it. `all`: the tracks of the publisher, of which `source` has the first of each kind.
    void follow(const Rendition& source, const Entry& entry, const media::TrackSet& all,
                const config::StreamOptions& options, base::Now now);
    /// What the options say of the ladder is another: what is asked for next is made in place of what there is.
    void change();
    /// A packet of one of the others.
    void take_beside(media::Packet packet, const media::Track& track, base::Now now) {
        if (transcoder_ != nullptr) transcoder_->write_beside(std::move(packet), track, now);
    }
    /// The source pauses, or is over: what is being encoded comes out.
    void flush(base::Now now);
    void tick(base::Now now);
    /// A picture of now for the sink of stills. False: there is nobody who makes one on the side.
    [[nodiscard]] bool want_still(base::Now now);
    /// Everything of the source has come out of every rung that runs, or is not waited for any longer.
    [[nodiscard]] bool is_drained(base::Now now) const noexcept;
    /// Lets the transcoder go; the renditions stay for their last readers.
    void close();
    /// The stream is over: what waits comes out.
    void finish();

    /// Which rungs there are is known, as long as the source stays what it is.
    [[nodiscard]] bool is_decided() const noexcept { return is_settled_ || asked_ != nullptr; }
    /// There is a rung with a picture that has not failed: its encoder can begin a segment anywhere.
    [[nodiscard]] bool has_pictures() const noexcept;
    /// There is somebody who makes something of the source.
    [[nodiscard]] bool is_at_work() const noexcept { return transcoder_ != nullptr; }
    /// Null when there is none of that name, or nothing comes of it any more.
    [[nodiscard]] Rendition* find(std::string_view name) noexcept;
    /// The source with the sound that is encoded of it in place of its own, for who has no place for that; null where none is, or
    /// where there is nothing to join yet.
    [[nodiscard]] Rendition* with_encoded_sound() noexcept;
    /// Every rung of the plan, those that are left out included.
    [[nodiscard]] std::vector<RungSnapshot> snapshot(base::Instant now) const;
    /// Nothing where no transcoder was made.
    [[nodiscard]] std::optional<WorkerStats> worker() const;
    /// Whether a rung's state is no longer as `shown`.
    [[nodiscard]] bool is_news(const std::vector<RungSnapshot>& shown) const noexcept;

  private:
    struct Place {
        std::unique_ptr<Rung> rung;  ///< null where it is left out
        std::size_t packaged = 0;    ///< its place among those that the packager knows
        RungPlan plan;
        RungStats stats;                          ///< as of the last tick
        std::optional<media::Ticks> interrupted;  ///< where the source was when nothing came of it any more
        bool is_parted = false;                   ///< its viewers were let go
    };

    void write_rung(std::size_t rung, media::Packet packet, media::TrackSetRef tracks, base::Now now) override;
    void interrupt_rung(std::size_t rung, base::Now now) override;
    void take_still(Still still, base::Now now) override { around_.stills.take_still(std::move(still), now); }

    void decide(const Entry& entry, const media::TrackSet& all, const config::StreamOptions& options, base::Now now);
    void exchange(const Entry& entry, const config::StreamOptions& options, base::Now now);
    [[nodiscard]] bool may_encode(const config::StreamOptions& options) const noexcept;
    [[nodiscard]] std::optional<SourceShape> shape_of_source(const Entry& entry, const config::StreamOptions& options);
    [[nodiscard]] std::optional<std::uint64_t> measure(const media::Packet& packet);
    void make(const config::StreamOptions& options, const SourceShape& shape, base::Now now);
    void begin(std::unique_ptr<Transcoder> transcoder);
    void build(const std::vector<RungPlan>& plan);
    [[nodiscard]] std::unique_ptr<Rung> take_rung(std::vector<Place>& from, const RungPlan& plan) const;
    void retire(std::unique_ptr<Rung> rung);
    void pass(const Entry& entry, base::Now now);
    void take_stats();
    void let_viewers_go();
    [[nodiscard]] std::optional<media::Ticks>& source_end(const Place& place) noexcept {
        return ends_[static_cast<std::size_t>(place.plan.kind)];
    }
    void interrupt(Place& place);
    [[nodiscard]] bool is_gone(const Place& place) noexcept;
    [[nodiscard]] bool is_awaited(const Place& place) const noexcept;
    [[nodiscard]] Place* sound() noexcept;
    void each_picture(auto&& visit);

    Surroundings around_;
    TranscoderFactory factory_;
    Limits limits_;

    bool is_settled_ = false;   ///< whether there is a transcoder is decided for good
    media::TrackSetRef asked_;  ///< the newest that no picture was to be made of
    std::optional<media::Ticks> measured_since_;
    std::uint64_t measured_bytes_ = 0;
    bool is_changing_ = false;  ///< another ladder is to be made
    bool are_tracks_ = false;   ///< the rungs are the publisher's own

    std::vector<Place> places_;                   ///< in the order of the plan
    std::vector<std::unique_ptr<Rung>> retired_;  ///< of plans before, until their logs are gone
    std::unique_ptr<Rung> heard_;    ///< the source's own picture with encoded sound; null where no sound is encoded
    bool has_begun_ = false;         ///< the transcoder has had a join point
    bool sound_is_encoded_ = false;  ///< the sound of the rungs is a rung as well
    media::TrackSetRef tracks_;      ///< of the source, as the rungs know them
    std::optional<media::Ticks> ends_[2];  ///< of the source, by `media::Kind`: pts of the newest packet
    std::optional<base::Instant> flushed_;
    WorkerStats worker_;
    bool was_made_ = false;
    std::unique_ptr<Transcoder> transcoder_;  ///< the last member: it may still speak while it goes
};

}  // namespace weir::stream
