// Segments that are asked for while they are being made (low-latency DASH): each answer grows by the parts that are published. One
// look at the stream's index serves all that wait for it on a shard, and nothing runs while nobody waits. What becomes a gap,
// or is no longer there, breaks the answers off. As many as there are connections, at most. Lives on its shard.
#pragma once

#include "net/http_growth.hpp"
#include "net/shards.hpp"
#include "package/hls.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

class OpenSegments {
  public:
    OpenSegments(net::Shard& shard, stream::Registry& registry) noexcept : shard_(shard), registry_(registry) {}

    /// The answer to who asks for that segment; null where it is not being made.
    [[nodiscard]] static std::shared_ptr<net::HttpGrowth> follow(const std::shared_ptr<OpenSegments>& here,
                                                                 const base::StreamId& id,
                                                                 const stream::SegmentIndexRef& index,
                                                                 std::string_view rendition,
                                                                 const package::hls::SegmentAddress& address);

  private:
    struct Answer {
        std::string rendition;
        package::hls::SegmentAddress address;
        std::weak_ptr<net::HttpGrowth> body;
        std::size_t sent = 0;  ///< parts
    };
    struct Stream {
        stream::SegmentIndexRef seen;
        std::vector<Answer> answers;
    };

    [[nodiscard]] static boost::asio::awaitable<void> watch(std::shared_ptr<OpenSegments> here);
    void look();
    /// False once the answer is whole, broken off, or nobody's.
    static bool grow(Answer& answer, const stream::SegmentIndex& index);

    net::Shard& shard_;
    stream::Registry& registry_;
    std::map<base::StreamId, Stream> streams_;  ///< with answers
    bool is_watching_ = false;
};

}  // namespace weir::endpoint
