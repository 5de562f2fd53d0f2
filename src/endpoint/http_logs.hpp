// What players fetch over HTTP as one endless answer, or as WebSocket messages: a rendition's log in one format, from the newest
// keyframe on. One table has the formats; a viewer's socket goes to the shard's hub.
#pragma once

#include "base/metrics.hpp"
#include "format/carriage.hpp"
#include "net/broadcast_hub.hpp"
#include "net/http_router.hpp"
#include "stream/playable.hpp"
#include "stream/registry.hpp"
#include "stream/viewers.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::endpoint {

/// One row: /app/name and its rungs with `suffix` behind them are the log in `format`, or, to who asks for WebSocket there, in `messages`.
struct LogForm {
    std::string_view suffix;        ///< ".flv"
    std::string_view content_type;  ///< a literal
    stream::ViewerProtocol counted_as;
    const stream::WireFormat* format;
    const stream::WireFormat* messages;          ///< null: not over WebSocket
    const format::Carriage* carriage = nullptr;  ///< null: it is there whatever the stream has
};

struct HttpLogCounts {
    base::CountersBy<stream::ViewerProtocol, stream::ViewerProtocol::ws> viewers{"protocol"};

    void fields(this auto& self, auto&& visit) {
        visit("log_viewers", self.viewers, "Viewers of logs that came, by protocol.");
    }
};

class HttpLogs {
  public:
    struct Surroundings {
        stream::Registry& registry;
        /// One per shard, by its index.
        const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
        std::span<const LogForm> forms;  ///< outlives this
    };

    explicit HttpLogs(Surroundings surroundings) : around_(surroundings) {}

    /// The rows refer to this object, which outlives them.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const HttpLogCounts& counts() const noexcept { return counts_; }

  private:
    using Request = proto::http::Request;

    boost::asio::awaitable<net::HttpResponse> answer(const LogForm& form, const Request& request,
                                                     net::RequestContext& context);
    [[nodiscard]] std::optional<net::HttpResponse> refusal(const LogForm& form, const Request& request,
                                                           const base::StreamId& id, std::string_view rung,
                                                           const stream::Playable& playable) const;

    Surroundings around_;
    HttpLogCounts counts_;
    std::deque<std::string> patterns_;
};

}  // namespace weir::endpoint
