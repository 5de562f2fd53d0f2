// What a ladder costs on this machine, and what the machine has left. Pure arithmetic on the measured costs (format/costs.hpp).
#pragma once

#include "format/costs.hpp"
#include "format/relay.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::transcode {

/// The part of the processors that transcoding may plan with: the rest is the server's, and the room for hard pictures.
inline constexpr double usable = 0.85;

/// The presets of x264, fastest first.
[[nodiscard]] std::span<const std::string_view> presets() noexcept;

/// What of a source decides the costs.
struct SourceLoad {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    double frame_rate = 0;  ///< 0 where unknown: counted as 30
};

/// Cores that decoding the source keeps busy.
[[nodiscard]] double decode_cores(const format::CostModel& costs, const SourceLoad& source);
/// Cores that one rung keeps busy beyond that. A preset that was not measured is judged by its neighbours.
[[nodiscard]] double rung_cores(const format::CostModel& costs, const SourceLoad& source,
                                const format::relay::RungSetup& rung);

/// How much of the machine the live streams have been promised. Thread safe: one for all shards; outlives its shares.
class Carried {
  public:
    explicit Carried(double cores) noexcept : cores_(cores) {}
    Carried(const Carried&) = delete;
    Carried& operator=(const Carried&) = delete;

    /// What one stream was promised; given back when it goes.
    class Share {
      public:
        Share() noexcept = default;
        Share(Share&& other) noexcept
            : carried_(std::exchange(other.carried_, nullptr)), millicores_(other.millicores_) {}
        Share& operator=(Share&& other) noexcept {
            std::swap(carried_, other.carried_);
            std::swap(millicores_, other.millicores_);
            return *this;
        }
        ~Share() {
            if (carried_ != nullptr) carried_->promised_.fetch_sub(millicores_, std::memory_order_relaxed);
        }

      private:
        friend class Carried;
        Share(Carried* carried, std::int64_t millicores) noexcept : carried_(carried), millicores_(millicores) {}
        Carried* carried_ = nullptr;
        std::int64_t millicores_ = 0;
    };

    [[nodiscard]] double cores() const noexcept { return cores_; }
    /// What may still be promised; not below 0.
    [[nodiscard]] double free() const noexcept;
    /// Counts whatever it is given: who chooses looks at `free` first. Two that choose at once may both see the same room, and
    /// overload sorts them out.
    [[nodiscard]] Share take(double cores) noexcept;

  private:
    const double cores_;
    std::atomic<std::int64_t> promised_{0};  ///< in thousandths of a core
};

/// How many rungs, from the first, must go so that the rest fits: those and the decoder need no more than `free`.
/// Rungs are in the order of their worth to go: the highest first.
[[nodiscard]] std::size_t too_many(double decode, std::span<const double> rungs, double free);

}  // namespace weir::transcode
