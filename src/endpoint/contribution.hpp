// One source's media on its way to its stream, whatever protocol brings it: asks for the name, mends the source's time, hands packets
// on, tells the journal what it had to mend, and lets go. The driver of a protocol (a session, a pull) owns one for each
// publication, on its own shard, and feeds it tracks and samples. Dropping it is a lost source.
#pragma once

#include "base/journal.hpp"
#include "base/troubles.hpp"
#include "config/config.hpp"
#include "net/shard_value.hpp"
#include "net/shards.hpp"
#include "stream/intake.hpp"
#include "stream/publication.hpp"
#include "stream/registry.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::endpoint {

/// What every contribution stands on. Everything that is referred to outlives the shards.
struct ContributionSurroundings {
    stream::Registry& registry;
    const net::ShardValue<config::Config>& config;
    base::Log log;
};

class Contribution {
  public:
    /// Called once: the stream takes the source, or why not (`refused`: the name is taken).
    using Answer = std::function<void(base::Result<void>)>;
    /// Called at most once: another publisher, an operator or the stream's `timeout` ended it. `leave` is not needed any more.
    using Ended = std::function<void(const std::string& reason)>;

    /// `session` is in the journal's lines: "srt-1".
    Contribution(ContributionSurroundings around, net::Shard& shard, std::string_view session);
    ~Contribution();
    Contribution(const Contribution&) = delete;
    Contribution& operator=(const Contribution&) = delete;

    /// Asks for the stream; once. `answer` may come before this returns. Neither function is called once this is destroyed.
    void open(const base::StreamId& stream, stream::PublisherInfo info, base::Now now, Answer answer, Ended ended);
    [[nodiscard]] bool is_open() const noexcept { return publication_ != nullptr; }

    /// A new track, or new parameters of a known one. Told to the journal.
    void announce(media::Track track, stream::WireClock clock, base::Now now);
    [[nodiscard]] base::Result<void> receive(stream::Sample sample, base::Now now);
    /// Something of the source was unusable: added up for the journal.
    void trouble(std::string_view text) { troubles_.note(text); }
    /// Hands on what is ready. After each read.
    void deliver(base::Now now);
    /// About ten times a second. `is_alive`: the source is there, though nothing came (it is we who do not read).
    void tick(base::Now now, bool is_alive = false);
    /// How long a source that can be held back should not be read; zero: go on. Memory is asked about as well.
    [[nodiscard]] base::Duration pause(base::Now now);
    /// Somebody follows the stream as it comes: nothing should wait on its way in.
    [[nodiscard]] bool is_followed() const noexcept { return publication_ != nullptr && publication_->is_followed(); }
    /// For some time nobody has had anything of it: it may wait a little longer.
    [[nodiscard]] bool is_unwatched() const noexcept { return publication_ != nullptr && publication_->is_unwatched(); }
    /// What was taken in since `open`.
    [[nodiscard]] base::ByteCount received() const noexcept { return base::ByteCount(received_); }

    /// The source said goodbye, or is gone; the hold begins.
    void leave(std::string_view reason, base::Now now);
    /// Its media broke; viewers wait as after `leave`. The journal has `detail` where there is one: what exactly was wrong.
    void fail(const base::Error& error, base::Now now, std::string_view detail = {});

    [[nodiscard]] const base::Log& log() const noexcept { return log_; }

  private:
    void settle(base::Result<std::unique_ptr<stream::Publication>> answered, const Answer& answer);
    void let_go(std::string_view reason, base::Now now);

    const ContributionSurroundings around_;
    net::Shard& shard_;
    base::Log log_;
    base::Troubles troubles_;
    stream::Intake intake_{stream::Intake::Limits{}};
    std::unique_ptr<stream::Publication> publication_;
    base::Instant began_{};
    std::uint64_t received_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::endpoint
