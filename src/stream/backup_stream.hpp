// A backup that is another stream of this server: what that stream's own source sends is brought into ours, whichever shards the two
// live on, beginning with its newest keyframe. Where that stream is on a backup or a slate itself, nothing comes: so two streams may be
// each other's backup, and no packet goes round. Owned by our stream, on whose shard it lives.
#pragma once

#include "base/stream_id.hpp"
#include "stream/registry.hpp"
#include "stream/standby.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace weir::stream {

class BackupStream final : public Standby {
  public:
    /// Both outlive it. `of` need not be there yet, and may come back under its name.
    BackupStream(const Registry& registry, Stream& into, base::StreamId of)
        : registry_(registry), into_(into), of_(std::move(of)) {}
    ~BackupStream() override;

    void tick(base::Now now) override;

  private:
    /// How often it is looked for, and how long it is not asked for again where our stream does not take it.
    static constexpr base::Duration interval = std::chrono::milliseconds(500);
    using Give = std::function<void(Item, base::Now)>;

    void look(base::Now now);
    void take(Item item, base::Now now);
    [[nodiscard]] bool publish(base::Now now);

    const Registry& registry_;
    Stream& into_;
    const base::StreamId of_;
    std::weak_ptr<Stream> followed_;
    std::shared_ptr<const Give> give_;  ///< dropped, nothing comes any more
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::optional<PublicationId> publication_;
    base::Instant looked_;
    base::Instant refused_;
    base::Now last_{};
};

}  // namespace weir::stream
