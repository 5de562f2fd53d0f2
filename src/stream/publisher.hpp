// Who brings a stream its media, as others may know of it, and how it ranks among those that would.
#pragma once

#include "stream/link_stats.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::stream {

/// The better first. A stream has at most one of each.
enum class Rank : std::uint8_t {
    source,  ///< the publisher, or the pull of `source`
    backup,  ///< takes over while the source is silent
    slate,   ///< shown while there is nothing else
};
inline constexpr std::array<std::string_view, 3> rank_names{"source", "backup", "slate"};

[[nodiscard]] constexpr std::string_view name(Rank rank) noexcept { return rank_names[static_cast<std::size_t>(rank)]; }

struct PublisherInfo {
    std::string id;        ///< "p-1"
    std::string protocol;  ///< "rtmp"
    std::string peer;      ///< "192.0.2.7:50112"
    std::string client;    ///< what it says it is: attacker's text
    Rank rank = Rank::source;
    std::shared_ptr<const LinkStats> link{};  ///< of the way from it, where its protocol counts packets; else null
};

using PublicationId = std::uint64_t;

/// Told once, on the stream's shard, when the publication is no longer wanted (replaced, stopped); `reason` is for people.
using Evict = std::function<void(std::string_view reason)>;

}  // namespace weir::stream
