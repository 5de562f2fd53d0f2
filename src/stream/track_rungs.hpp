// Rungs that the source brings itself: an encoder that sends the picture in several qualities (Enhanced RTMP v2) has made its ladder
// already, and nothing is transcoded. To the ladder it is what makes rungs, as a worker would be; but they are tracks of the source, passed
// on as they come, in step with its first picture: what comes before that waits, and frames that are the same moment get the very
// same time, which is what segments are cut by. Keyframes are the encoder's, and so a rung is in HLS where they stand with the source's.
#pragma once

#include "base/limits.hpp"
#include "stream/transcoder.hpp"

#include <deque>

namespace weir::stream {

class TrackRungs final : public Transcoder {
  public:
    struct Limits {
        base::ByteCount waiting_bytes{8U << 20};
        base::Duration patience = std::chrono::seconds(3);

        void fields(this auto& self, auto&& visit) {
            visit("waiting_bytes", self.waiting_bytes,
                  base::Limit{.what = "bytes of further qualities of a source that wait for its first picture",
                              .at_limit = "the oldest go on without having waited",
                              .metric = "weir_rung_bytes_total"});
            visit("patience", self.patience,
                  base::Limit{.what = "stream time that nothing comes of a quality of the source",
                              .at_limit = "it has gaps, and goes on at its next keyframe",
                              .metric = "weir_rung_partings_total"});
        }
    };

    /// The source has pictures beside its first.
    [[nodiscard]] static bool are_in(const media::TrackSet& tracks) noexcept;
    /// The track is not the first of its kind, and so not in the source's own rendition.
    [[nodiscard]] static bool is_beside(const media::TrackSet& tracks, std::uint32_t track) noexcept;

    TrackRungs(const media::TrackSet& tracks, RungSink& sink, const Limits& limits);

    [[nodiscard]] const std::vector<RungPlan>& plan() const noexcept override { return plan_; }
    void write(const Entry& entry, base::Now now) override;
    void write_beside(media::Packet packet, const media::Track& track, base::Now now) override;
    [[nodiscard]] bool makes_keyframes() const noexcept override { return false; }
    void flush(base::Now now) override;
    void tick(base::Now) override {}
    [[nodiscard]] TranscoderStats stats() const override;
    [[nodiscard]] std::vector<std::string> take_remarks() override { return std::exchange(remarks_, {}); }

  private:
    struct Moment {
        media::Ticks dts;
        media::Ticks pts;
        bool starts_segment = false;
    };
    struct Line {
        std::uint32_t track = 0;    ///< of the source
        media::TrackSetRef tracks;  ///< it alone, as the rung has it
        std::deque<media::Packet> waiting;
        std::optional<media::Ticks> newest;  ///< dts that was passed on
        std::optional<media::Ticks> heard;   ///< where the source was when something came last
        bool is_interrupted = false;
        bool is_apart = false;  ///< it was told that its keyframes stand elsewhere
    };

    void release(base::Now now);
    void pass_oldest(std::size_t rung, base::Now now);
    void let_go_of_the_silent(base::Now now);
    void put_in_step(std::size_t rung, media::Packet& packet);

    const Limits limits_;
    RungSink& sink_;
    std::vector<RungPlan> plan_;
    std::vector<Line> lines_;  ///< in the order of the plan
    std::size_t waiting_bytes_ = 0;
    std::deque<Moment> moments_;  ///< of the source's newest pictures
    std::vector<std::string> remarks_;
};

}  // namespace weir::stream
