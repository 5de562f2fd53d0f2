// The newest picture of now of a stream: made while somebody asks, at most every few seconds, and kept for who asks next. The
// transcoder makes it on the side; a stream without one has it made of its newest keyframe. Owned by the stream, on whose shard it lives.
#pragma once

#include "base/limits.hpp"
#include "base/memory.hpp"
#include "stream/ladder.hpp"
#include "stream/rendition.hpp"
#include "stream/still.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace weir::stream {

class Stills final : private StillSink {
  public:
    struct Limits {
        base::Duration interval = std::chrono::seconds(5);
        base::Duration patience = std::chrono::seconds(4);
        base::ByteCount bytes{256U << 10};

        void fields(this auto& self, auto&& visit) {
            using base::Limit;
            visit("interval", self.interval,
                  Limit{.what = "from one picture of now to the next, however many ask",
                        .at_limit = "the last one is given",
                        .metric = "weir_thumbnail_requests_total"});
            visit("patience", self.patience,
                  Limit{.what = "how long one may take",
                        .at_limit = "it is given up, and the last one is given",
                        .metric = "weir_thumbnail_unavailable_total"});
            visit("bytes", self.bytes,
                  Limit{.what = "bytes of one",
                        .at_limit = "it is not taken",
                        .metric = "weir_thumbnail_unavailable_total"});
        }
    };

    Stills(const base::StreamId& id, base::Executor& shard, StillFactory factory) noexcept
        : id_(id), shard_(shard), factory_(std::move(factory)) {}

    /// Somebody asks: one is made, unless the newest is new enough or one is on its way.
    void want(Ladder& ladder, const Rendition& source, base::Now now);
    void tick(base::Now now);
    /// Nothing follows; the newest stays.
    void close();

    /// Null before the first.
    [[nodiscard]] const StillRef& newest() const noexcept { return newest_; }
    /// Why the last one that was wanted did not come; empty: it did, or is on its way.
    [[nodiscard]] std::string_view trouble() const noexcept { return trouble_; }
    /// Where a transcoder's come to.
    [[nodiscard]] StillSink& sink() noexcept { return *this; }

  private:
    void take_still(Still still, base::Now now) override;
    [[nodiscard]] std::string_view begin(Ladder& ladder, const Rendition& source, base::Now now);

    const Limits limits_{};
    const base::StreamId& id_;
    base::Executor& shard_;
    StillFactory factory_;
    StillRef newest_;
    std::string_view trouble_;
    std::optional<base::Instant> wanted_;  ///< since when one is being made
    bool is_done_ = false;                 ///< the job has no more to do: it goes at the next tick
    std::unique_ptr<StillJob> job_;
};

}  // namespace weir::stream
