// How many watch a stream, by protocol. The set of protocols is closed and listed once: a new one is an enumerator and its name,
// and the API, the metrics and the hubs have it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::stream {

/// `ws` is FLV or fMP4 over WebSocket.
enum class ViewerProtocol : std::uint8_t { hls, dash, flv, ts, mp4, aac, rtmp, ws, srt, rtsp };
inline constexpr std::array<std::string_view, 10> viewer_protocol_names{"hls", "dash", "flv", "ts",  "mp4",
                                                                        "aac", "rtmp", "ws",  "srt", "rtsp"};

[[nodiscard]] constexpr std::string_view name(ViewerProtocol protocol) noexcept {
    return viewer_protocol_names[static_cast<std::size_t>(protocol)];
}

using ViewerCount = std::atomic<std::uint32_t>;

/// Any thread.
class ViewerCounts {
  public:
    using enum ViewerProtocol;

    [[nodiscard]] ViewerCount& operator[](ViewerProtocol protocol) noexcept {
        return counts_[static_cast<std::size_t>(protocol)];
    }
    [[nodiscard]] std::uint32_t total() const noexcept {
        std::uint32_t sum = 0;
        for (const ViewerCount& count : counts_) sum += count.load(std::memory_order_relaxed);
        return sum;
    }
    /// Of one of these counts.
    [[nodiscard]] std::string_view name_of(const ViewerCount& count) const noexcept {
        return viewer_protocol_names[static_cast<std::size_t>(&count - counts_.data())];
    }
    /// Calls `visit(name, count)` for each protocol, in order.
    void each(auto&& visit) const {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            visit(viewer_protocol_names[i], counts_[i].load(std::memory_order_relaxed));
    }

  private:
    std::array<ViewerCount, viewer_protocol_names.size()> counts_{};
};

}  // namespace weir::stream
