#include "net/http_shard.hpp"

#include "net/http_session.hpp"

namespace weir::net {

namespace {

constexpr auto sweep_interval = std::chrono::seconds(1);

}  // namespace

HttpPlace::HttpPlace(std::shared_ptr<HttpShard> among) : among_(std::move(among)) {
    ++among_->endless;
    among_->service->counts.endless.add();
}

HttpPlace::~HttpPlace() {
    if (among_ == nullptr) return;
    --among_->endless;
    among_->service->counts.endless.subtract();
}

HttpShard::HttpShard(Shard& its_shard, std::shared_ptr<HttpService> its_service)
    : shard(its_shard),
      service(std::move(its_service)),
      most_connections(service->limits.connections),
      timer_(its_shard.context()),
      date_(base::WallTime()) {}

bool HttpShard::is_full() const noexcept {
    return half_open.size() + idle.size() + busy.size() + endless + streams >= most_connections;
}

bool HttpShard::make_room() {
    if (half_open.size() >= service->limits.half_open) half_open.front()->evict(HttpFault::half_open);
    if (!is_full()) return true;
    if (idle.empty()) return false;
    idle.front()->evict(HttpFault::connections);
    return true;
}

void HttpShard::watch() {
    if (is_watching_) return;
    is_watching_ = true;
    timer_.expires_after(sweep_interval);
    timer_.async_wait([self = weak_from_this()](auto error) {
        const auto shard = self.lock();
        if (error || !shard) return;
        shard->is_watching_ = false;
        shard->sweep();
    });
}

void HttpShard::sweep() {
    const base::Instant now = base::read_clocks().instant;
    for (Queue* queue : {&half_open, &idle, &busy, &leaving})
        for (auto next = queue->begin(); next != queue->end();) {
            HttpSession& connection = **next++;  // which may go to another queue
            connection.check_deadline(now);
        }
    if (!half_open.empty() || !idle.empty() || !busy.empty() || !leaving.empty()) watch();
}

void HttpShard::close_all() {
    for (Queue* queue : {&half_open, &idle, &busy, &leaving})
        for (HttpSession* connection : *queue) connection->abandon();
    timer_.cancel();
}

std::string_view HttpShard::date(base::WallTime now) {
    const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    if (second != date_second_) {
        date_second_ = second;
        date_ = proto::http::DateText(now);
    }
    return date_.view();
}

}  // namespace weir::net
