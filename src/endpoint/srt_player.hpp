// A player over SRT: one that the gate let in, with a place among the viewers, fed with the log of a rendition until either ends.
#pragma once

#include "endpoint/srt.hpp"
#include "endpoint/srt_feed.hpp"
#include "endpoint/srt_session.hpp"
#include "proto/srt/stream_id.hpp"

#include <memory>
#include <optional>

namespace weir::endpoint {

class SrtPlayer final : public SrtSession {
  public:
    SrtPlayer(std::shared_ptr<SrtService> service, net::Shard& shard, net::SrtSocket socket, base::Log log);
    ~SrtPlayer() override;
    SrtPlayer(const SrtPlayer&) = delete;
    SrtPlayer& operator=(const SrtPlayer&) = delete;

    /// Joins what it asks for, as soon as there is a picture. Once. What is not there, and is not fetched for who asks, ends the connection:
    /// it can no longer be told why.
    void begin(const proto::srt::Request& request, base::Now now);

    void tick(base::Now now) override;
    void stop(std::string_view reason) override { feed_.end(reason); }
    [[nodiscard]] bool is_over() const noexcept override { return feed_.is_over(); }

  private:
    void try_to_join(base::Now now);
    [[nodiscard]] base::Result<void> join(const proto::srt::Request& request, base::Now now);
    void measure(base::Now now);

    const std::shared_ptr<SrtService> service_;
    net::Shard& shard_;
    base::Log log_;
    SrtFeed feed_;
    std::optional<proto::srt::Request> expected_;  ///< waits for it
    bool may_come_ = false;                        ///< it is fetched for who asks
    base::Instant asked_{};
    net::SrtFigures told_figures_;
    base::Instant measured_{};
};

}  // namespace weir::endpoint
