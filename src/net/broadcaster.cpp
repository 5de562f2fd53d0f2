#include "net/broadcaster.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <ranges>

#include <sys/epoll.h>

namespace weir::net {

namespace {

// One gathered write takes at most this many runs; a newcomer far behind gets the rest at its next turn.
constexpr std::size_t runs_at_once = 64;

base::Bytes end_to_end(std::initializer_list<base::ByteView> pieces) {
    std::size_t size = 0;
    for (const base::ByteView piece : pieces) size += piece.size();
    base::Buffer buffer(size);
    auto out = buffer.span().begin();
    for (const base::ByteView piece : pieces) out = std::ranges::copy(piece, out).out;
    return std::move(buffer).freeze();
}

iovec vector_of(base::ByteView bytes) noexcept {
    return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};  // send(2) only reads it
}

}  // namespace

Broadcaster::Broadcaster(boost::asio::io_context& context, Sender& sender, Observer observer,
                         const base::MemoryLimit* memory)
    : sender_(sender),
      observer_(std::move(observer)),
      memory_(memory),
      readiness_(context, ::epoll_create1(EPOLL_CLOEXEC)),
      farewell_(context) {
    wait_for_readiness();
}

Broadcaster::~Broadcaster() {
    *alive_ = false;
    close_all();
}

void Broadcaster::add(Conduit conduit, base::Bytes head, base::Instant asked, HttpPlace place,
                      std::unique_ptr<ViewerInbox> inbox) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
        slot = static_cast<std::uint32_t>(viewers_.size());
        viewers_.emplace_back();
    } else {
        slot = free_.back();
        free_.pop_back();
    }
    static std::atomic<std::uint64_t> numbers{0};
    Viewer& viewer = viewers_[slot] = Viewer{};
    viewer.number = numbers.fetch_add(1, std::memory_order_relaxed) + 1;
    viewer.socket = conduit.socket;
    viewer.tls = std::move(conduit.tls);
    viewer.first = std::move(head);
    viewer.asked = asked;
    viewer.place = std::move(place);
    viewer.inbox = std::move(inbox);
    ++count_;
    if (const stream::LogMark* mark = log_.newest_join()) join(viewer, *mark);
    if (viewer.inbox != nullptr) watch(slot);
    if (ended_) say_farewell();
    plan(slot);
    send_planned();
}

void Broadcaster::receive(const stream::LogBatch& batch) {
    log_.append(batch);
    for (Viewer& viewer : viewers_)
        if (viewer.socket >= 0 && viewer.offset < batch.begin) catch_up(viewer, batch.begin);
    // The newest of them: the first batch is all that the log retains.
    const auto marks = batch.marks | std::views::reverse;
    const auto newest = std::ranges::find_if(marks, &stream::LogMark::join);
    if (newest != marks.end())
        for (Viewer& viewer : viewers_)
            if (viewer.socket >= 0 && viewer.offset == nowhere && !viewer.paused && !viewer.leaving)
                join(viewer, *newest);
    log_.let_go(batch.begin);
    if (batch.ended && !std::exchange(ended_, true)) {
        ended_at_ = base::read_clocks().instant;
        say_farewell();
    }
    flush();
}

// Puts the viewer at a join point, after whatever it still has to be sent first.
void Broadcaster::join(Viewer& viewer, const stream::LogMark& mark) {
    // What belongs to an earlier join point, and of which nothing has gone out, is of no more use.
    const std::size_t obsolete = viewer.first.size() >= viewer.resume ? viewer.resume : 0;
    const base::Bytes& fresh = viewer.greeted ? mark.resume : mark.greeting;
    viewer.resume = viewer.greeted ? fresh.size() : 0;
    viewer.first = end_to_end({viewer.first.slice(0, viewer.first.size() - obsolete), fresh});
    viewer.greeted = true;
    viewer.offset = mark.offset;
}

// The viewer is where the log lets go: it jumps. One that took nothing since its last jump is not coming back, and where there is no
// memory for the rest of its message it cannot jump.
void Broadcaster::catch_up(Viewer& viewer, std::uint64_t begin) {
    if (viewer.jumped || is_memory_full()) {
        ++counts_.closed_slow;
        close(static_cast<std::uint32_t>(&viewer - viewers_.data()));
        return;
    }
    ++counts_.jumps;
    viewer.jumped = true;
    if (viewer.first.empty()) viewer.first = log_.rest_of_message(viewer.offset);
    const std::uint64_t was_at = std::exchange(viewer.offset, nowhere);
    const stream::LogMark* mark = log_.newest_join();
    if (mark != nullptr && mark->offset > was_at && mark->offset >= begin) join(viewer, *mark);
}

// What the viewer says. Of a flood this takes one piece at a turn.
void Broadcaster::hear(std::uint32_t slot) {
    Viewer& viewer = viewers_[slot];
    const ssize_t count = ::recv(viewer.socket, heard_.input.data(), heard_.input.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return close(slot);
    base::ByteView said(heard_.input.data(), static_cast<std::size_t>(count));
    if (viewer.tls != nullptr) {
        const Flow flow = viewer.tls->receive(viewer.socket, said, heard_);
        if (flow == Flow::broken || viewer.tls->channel().state() == TlsChannel::State::ended) return close(slot);
        said = heard_.plaintext;
    }
    if (viewer.leaving || said.empty()) return;
    const ViewerInbox::Reply reply = viewer.inbox->receive(said, base::read_clocks());
    if (!tell(viewer, reply.words)) {
        ++counts_.closed_slow;
        return close(slot);
    }
    obey(slot, reply.wish);
}

void Broadcaster::obey(std::uint32_t slot, ViewerInbox::Wish wish) {
    using enum ViewerInbox::Wish;
    Viewer& viewer = viewers_[slot];
    if (wish == none) return;
    if (wish == play && viewer.paused) {
        viewer.paused = false;
        if (const stream::LogMark* mark = log_.newest_join()) join(viewer, *mark);
    } else if (wish == pause && !viewer.paused) {
        viewer.paused = true;
        if (!leave_log(viewer)) close(slot);
    } else if (wish == leave) {
        // Whoever goes does not wait for what it does not read.
        if (viewer.blocked || !leave_log(viewer)) return close(slot);
        viewer.leaving = true;
    }
}

// Puts words behind the message that the viewer is in, and before what belongs to the join point that it goes to. False: it leaves too
// many unread, or there is no memory for the rest of the message.
bool Broadcaster::tell(Viewer& viewer, base::ByteView words) {
    if (words.empty()) return true;
    viewer.unread += words.size();
    if (viewer.unread > viewer.inbox->most_unread()) return false;
    if (viewer.first.empty() && viewer.offset != nowhere) {
        if (is_memory_full() && viewer.offset < log_.end()) return false;
        viewer.first = log_.rest_of_message(viewer.offset);
        viewer.offset += viewer.first.size();
    }
    if (viewer.first.size() < viewer.resume) viewer.resume = 0;  // it has begun to go out
    const std::size_t before = viewer.first.size() - viewer.resume;
    viewer.first = end_to_end({viewer.first.slice(0, before), words, viewer.first.slice(before)});
    return true;
}

// The rest of the message that it is in, and nothing more. False: there is no memory for that.
bool Broadcaster::leave_log(Viewer& viewer) {
    if (viewer.first.empty() && viewer.offset != nowhere && viewer.offset < log_.end()) {
        if (is_memory_full()) return false;
        viewer.first = log_.rest_of_message(viewer.offset);
    }
    viewer.offset = nowhere;
    return true;
}

// The viewer has all that it gets. One with an inbox is told so, and then has the time to close its end: closing ours while something
// that it said is unread would take away what it has not read yet.
void Broadcaster::part_with(std::uint32_t slot) {
    Viewer& viewer = viewers_[slot];
    if (viewer.inbox == nullptr || (viewer.leaving && !ended_)) return close(slot);
    if (std::exchange(viewer.leaving, true)) {
        if (viewer.tls != nullptr) viewer.tls->say_end(viewer.socket);
        ::shutdown(viewer.socket, SHUT_WR);
        return;
    }
    if (!tell(viewer, viewer.inbox->farewell())) return close(slot);
    plan(slot);
}

void Broadcaster::flush() {
    for (std::uint32_t slot = 0; slot < viewers_.size(); ++slot) plan(slot);
    send_planned();
}

// Notes what to send to the viewer, if anything. Viewers at one offset share their gathered runs.
void Broadcaster::plan(std::uint32_t slot) {
    const Viewer& viewer = viewers_[slot];
    if (viewer.socket < 0 || viewer.blocked) return;
    if (viewer.first.empty() && viewer.offset >= log_.end() && !viewer.has_kept()) {
        if (ended_ || viewer.leaving) part_with(slot);
        return;
    }
    if (viewer.first.empty() && viewer.offset == shared_offset_) {
        planned_.push_back(shared_);
        planned_.back().slot = slot;
        return;
    }
    planned_.push_back(gather(slot));
    if (viewer.first.empty()) {
        shared_offset_ = viewer.offset;
        shared_ = planned_.back();
    }
}

Broadcaster::Planned Broadcaster::gather(std::uint32_t slot) {
    const Viewer& viewer = viewers_[slot];
    Planned planned{.slot = slot, .first_run = static_cast<std::uint32_t>(gathered_.size()), .run_count = 0, .size = 0};
    const auto take = [&](base::ByteView bytes) {
        gathered_.push_back(vector_of(bytes));
        planned.size += bytes.size();
        ++planned.run_count;
    };
    if (!viewer.first.empty()) take(viewer.first);
    log_.each_run(viewer.offset, [&](base::ByteView run) {
        take(run);
        return planned.run_count < runs_at_once;
    });
    return planned;
}

// Sends what was planned; whoever took everything and still has more (a newcomer far behind) is planned again.
void Broadcaster::send_planned() {
    while (!planned_.empty()) {
        requests_.clear();
        for (const Planned& planned : planned_)
            requests_.push_back({.socket = viewers_[planned.slot].socket,
                                 .runs = gathered_.data() + planned.first_run,
                                 .run_count = planned.run_count,
                                 .tls = viewers_[planned.slot].tls.get()});
        sender_.send(requests_);
        counts_.sends += requests_.size();
        std::swap(planned_, sending_);
        planned_.clear();
        gathered_.clear();
        shared_ = {.slot = 0, .first_run = 0, .run_count = 0, .size = 0};
        shared_offset_ = nowhere;
        for (std::size_t i = 0; i < sending_.size(); ++i) settle(sending_[i], requests_[i]);
    }
    report();
}

void Broadcaster::settle(const Planned& planned, const SendRequest& request) {
    const std::int32_t sent = request.sent;
    if (sent < 0 && sent != -EAGAIN && sent != -EINTR) return close(planned.slot);
    Viewer& viewer = viewers_[planned.slot];
    if (sent > 0) {
        counts_.bytes += static_cast<std::uint64_t>(sent);
        viewer.jumped = false;
        const std::size_t of_first = std::min(viewer.first.size(), static_cast<std::size_t>(sent));
        if (of_first > 0) viewer.first = viewer.first.slice(of_first);
        if (viewer.first.empty()) viewer.unread = 0;
        const std::size_t of_log = static_cast<std::size_t>(sent) - of_first;
        if (viewer.offset != nowhere) viewer.offset += of_log;
        if (of_log > 0 && viewer.asked != base::Instant{})
            observer_.first_frame(base::read_clocks().instant - std::exchange(viewer.asked, {}));
    }
    const bool is_blocked = request.tls != nullptr ? request.blocked : sent < static_cast<std::int64_t>(planned.size);
    if (!is_blocked) plan(planned.slot);
    else if (viewer.leaving && !ended_) close(planned.slot);
    else block(planned.slot);
}

// The socket is full: nothing more for it until the kernel says so.
void Broadcaster::block(std::uint32_t slot) {
    viewers_[slot].blocked = true;
    watch(slot);
}

// Waits until it can be sent to, where it could not, and until it says something, where it is heard. Once.
void Broadcaster::watch(std::uint32_t slot) {
    Viewer& viewer = viewers_[slot];
    epoll_event interest{};
    interest.events = EPOLLONESHOT | (viewer.blocked ? EPOLLOUT : 0U) | (viewer.inbox != nullptr ? EPOLLIN : 0U);
    interest.data.u32 = slot;
    const int verb = viewer.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(readiness_.native_handle(), verb, viewer.socket, &interest) != 0) return close(slot);
    viewer.watched = true;
}

void Broadcaster::close(std::uint32_t slot) {
    Viewer& viewer = viewers_[slot];
    if (viewer.tls != nullptr) viewer.tls->say_end(viewer.socket);
    viewer.tls.reset();  // before what may hold the counters of TLS: a place, an inbox
    ::close(viewer.socket);
    viewer = Viewer{};
    free_.push_back(slot);
    --count_;
    ++left_;
}

void Broadcaster::close_all() {
    for (std::uint32_t slot = 0; slot < viewers_.size(); ++slot)
        if (viewers_[slot].socket >= 0) close(slot);
    report();
}

bool Broadcaster::close_viewer(std::uint64_t number) {
    for (std::uint32_t slot = 0; slot < viewers_.size(); ++slot)
        if (viewers_[slot].socket >= 0 && viewers_[slot].number == number) {
            close(slot);
            report();
            return true;
        }
    return false;
}

void Broadcaster::report() {
    if (counts_.bytes != reported_bytes_ || counts_.jumps != reported_jumps_)
        observer_.sent(counts_.bytes - std::exchange(reported_bytes_, counts_.bytes),
                       counts_.jumps - std::exchange(reported_jumps_, counts_.jumps));
    if (const std::uint32_t left = std::exchange(left_, 0); left > 0) observer_.left(left);
}

// Who does not take the end of the log holds all of it.
void Broadcaster::say_farewell() {
    farewell_.expires_after(std::chrono::milliseconds(100));
    farewell_.async_wait([this, alive = alive_](auto error) {
        if (error || !*alive || count_ == 0) return;
        const bool is_short = memory_ != nullptr && memory_->is_short();
        if (is_short || base::read_clocks().instant >= ended_at_ + patience) close_all();
        else say_farewell();
    });
}

void Broadcaster::wait_for_readiness() {
    readiness_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this, alive = alive_](auto error) {
        if (error || !*alive) return;
        take_ready();
        if (*alive) wait_for_readiness();
    });
}

void Broadcaster::take_ready(std::uint32_t slot, std::uint32_t events) {
    Viewer& viewer = viewers_[slot];
    if (viewer.socket < 0) return;
    if (viewer.inbox == nullptr || (events & ~EPOLLIN) != 0) viewer.blocked = false;
    if (viewer.inbox != nullptr) {
        if ((events & ~EPOLLOUT) != 0) hear(slot);
        if (viewer.socket >= 0) watch(slot);
        if (viewer.socket < 0) return;
    }
    plan(slot);
}

void Broadcaster::take_ready() {
    std::array<epoll_event, 256> events;
    int count = 0;
    do {
        count = ::epoll_wait(readiness_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            take_ready(event.data.u32, event.events);
        }
        send_planned();
    } while (count == static_cast<int>(events.size()));
}

}  // namespace weir::net
