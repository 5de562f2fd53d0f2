#include "net/srt_poller.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <srt/srt.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <latch>
#include <utility>

namespace weir::net {

namespace asio = boost::asio;

namespace {

constexpr int critical = 2;                ///< what the library may write to standard error: syslog(3)'s LOG_CRIT
constexpr std::int64_t longest_wait = 10;  ///< ms; a new socket is watched no later

}  // namespace

base::Result<std::unique_ptr<SrtPoller>> SrtPoller::create(Shards& shards) {
    if (srt_startup() < 0) return base::fail(base::ErrorKind::io, "the SRT library does not start");
    srt_setloglevel(critical);
    const int epoll = srt_epoll_create();
    if (epoll < 0) {
        srt_cleanup();
        return base::fail(base::ErrorKind::io, "the SRT library has no sockets to offer");
    }
    srt_epoll_set(epoll, SRT_EPOLL_ENABLE_EMPTY);
    return std::unique_ptr<SrtPoller>(new SrtPoller(shards, epoll));
}

SrtPoller::SrtPoller(Shards& shards, int epoll) : shards_(shards), epoll_(epoll), ready_(shards.count()) {
    for (std::size_t i = 0; i < shards.count(); ++i) watchers_.push_back(std::make_shared<Watchers>());
    thread_ = std::jthread([this] { run(); });
}

SrtPoller::~SrtPoller() {
    asio::post(tasks_, [this] { is_over_ = true; });
    thread_.join();
    srt_epoll_release(epoll_);
    srt_cleanup();
}

void SrtPoller::watch(Shard& shard, int socket, Ready ready) {
    watchers_[shard.index()]->insert_or_assign(socket, std::move(ready));
    asio::post(tasks_, [this, &shard, socket] {
        homes_.insert_or_assign(socket, &shard);
        add(socket);
    });
}

void SrtPoller::forget(Shard& shard, int socket) {
    watchers_[shard.index()]->erase(socket);
    srt_epoll_remove_usock(epoll_, socket);
    asio::post(tasks_, [this, socket] { homes_.erase(socket); });
}

void SrtPoller::watch_door(int socket, Ready ready) {
    asio::post(tasks_, [this, socket, ready = std::move(ready)] {
        doors_.insert_or_assign(socket, ready);
        add(socket);
        ready();  // who came before is not told
    });
}

void SrtPoller::forget_door(int socket) {
    std::latch done(1);
    asio::post(tasks_, [this, socket, &done] {
        srt_epoll_remove_usock(epoll_, socket);
        doors_.erase(socket);
        done.count_down();
    });
    done.wait();
}

// What is ready already is told at once.
void SrtPoller::add(int socket) {
    const int events = static_cast<int>(static_cast<unsigned>(SRT_EPOLL_IN | SRT_EPOLL_OUT | SRT_EPOLL_ERR) |
                                        static_cast<unsigned>(SRT_EPOLL_ET));
    if (srt_epoll_add_usock(epoll_, socket, &events) == SRT_ERROR) sort(socket);  // it is gone: its owner finds out
}

void SrtPoller::sort(int socket) {
    if (const auto door = doors_.find(socket); door != doors_.end()) return door->second();
    if (const auto home = homes_.find(socket); home != homes_.end()) ready_[home->second->index()].push_back(socket);
}

void SrtPoller::tell() {
    for (std::size_t index = 0; index < ready_.size(); ++index) {
        if (ready_[index].empty()) continue;
        shards_.at(index).post([watchers = watchers_[index], sockets = std::exchange(ready_[index], {})] {
            for (const int socket : sockets) {
                const auto found = watchers->find(socket);
                if (found == watchers->end()) continue;
                const Ready ready = found->second;  // it may forget itself
                ready();
            }
        });
    }
}

// The library looks again a hundred times a second whatever it is told: nobody waits in it while there is nothing to wait for.
void SrtPoller::run() {
    const auto work = asio::make_work_guard(tasks_);
    std::array<SRT_EPOLL_EVENT, 256> events;
    while (!is_over_) {
        const bool is_idle = homes_.empty() && doors_.empty();
        if (is_idle) tasks_.run_one();
        tasks_.poll();
        tell();
        if (is_idle) continue;
        const int found = srt_epoll_uwait(epoll_, events.data(), static_cast<int>(events.size()), longest_wait);
        if (found < 0) std::this_thread::sleep_for(std::chrono::milliseconds(longest_wait));
        // It may say one more than it has filled in.
        const auto count = std::min<std::size_t>(events.size(), static_cast<std::size_t>(std::max(found, 0)));
        for (std::size_t i = 0; i < count; ++i) sort(events[i].fd);
        tell();
    }
}

}  // namespace weir::net
