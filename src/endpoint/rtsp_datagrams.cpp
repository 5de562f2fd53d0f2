#include "endpoint/rtsp_datagrams.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::endpoint {

using Half = net::UdpPair::Half;
using Outgoing = net::UdpPair::Outgoing;

namespace {

constexpr std::uint64_t nowhere = UINT64_MAX;
constexpr std::size_t frame_head = 4;
// What a viewer that is behind gets in one step: some 50 Mbit/s.
constexpr std::size_t step_bytes = 64U << 10;
constexpr base::Duration step = std::chrono::milliseconds(10);
// A packet lies in at most so many pieces: slabs are larger than packets.
constexpr std::size_t most_pieces = 4;

}  // namespace

// One log: what of it is new since the newest join point, and where its viewers are.
class DatagramHub::Feed {
  public:
    Feed(net::Shard& shard, std::shared_ptr<RtspUdp> udp, std::shared_ptr<stream::Stream> of)
        : stream(std::move(of)), udp_(std::move(udp)), timer_(shard.context()) {}
    ~Feed() { *alive_ = false; }
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    std::uint64_t add(DatagramViewer viewer) {
        viewers_.push_back({next_id_, std::move(viewer)});
        join(viewers_.back());
        pump();
        return next_id_++;
    }
    void remove(std::uint64_t id) {
        std::erase_if(viewers_, [id](const Place& place) { return place.id == id; });
    }
    void pause(std::uint64_t id, bool is_paused) {
        const auto place = std::ranges::find(viewers_, id, &Place::id);
        if (place == viewers_.end()) return;
        place->is_paused = is_paused;
        place->offset = nowhere;
        if (!is_paused) join(*place);
        pump();
    }
    void receive(const stream::LogBatch& batch);
    [[nodiscard]] bool is_empty() const noexcept { return viewers_.empty(); }
    [[nodiscard]] std::uint64_t sent_bytes(std::uint64_t id) const {
        const auto place = std::ranges::find(viewers_, id, &Place::id);
        return place == viewers_.end() ? 0 : place->sent_bytes;
    }

    const std::shared_ptr<stream::Stream> stream;
    const std::shared_ptr<std::uint64_t> subscription =
        std::make_shared<std::uint64_t>(0);  ///< of the stream's shard alone

  private:
    struct Run {
        std::uint64_t offset;
        base::Bytes bytes;
    };
    struct Place {
        std::uint64_t id;
        DatagramViewer viewer;
        std::uint64_t offset = nowhere;
        std::uint64_t sent_bytes = 0;
        bool is_paused = false;
    };
    struct Frame {
        std::uint8_t channel = 0;
        std::size_t size = 0;  ///< with its head
        std::array<iovec, most_pieces> pieces{};
        std::size_t piece_count = 0;
    };
    /// Datagrams for one socket that go out together.
    struct Volley {
        std::size_t track = SIZE_MAX;
        Half half = Half::rtp;
        std::array<Frame, net::UdpPair::at_once> frames;
        std::size_t count = 0;
    };

    void join(Place& place);
    void pump();
    bool pump(Place& place);
    [[nodiscard]] bool read(std::uint64_t offset, Frame& frame) const;
    void fire(Place& place);
    void add(Place& place, const Frame& frame);
    void greet(Place& place, base::ByteView greeting);

    const std::shared_ptr<RtspUdp> udp_;
    std::vector<Place> viewers_;
    std::uint64_t next_id_ = 1;
    std::deque<Run> runs_;  ///< from the newest join point on
    std::uint64_t end_ = 0;
    std::uint64_t join_ = nowhere;
    base::Bytes greeting_;
    bool is_waiting_ = false;
    boost::asio::steady_timer timer_;
    Volley volley_;
    std::uint64_t sent_bytes_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

void DatagramHub::Feed::receive(const stream::LogBatch& batch) {
    end_ = batch.offset;
    for (const base::Bytes& bytes : batch.bytes) {
        if (runs_.empty() || !runs_.back().bytes.extend(bytes)) runs_.push_back({end_, bytes});
        end_ += bytes.size();
    }
    for (const stream::LogMark& mark : batch.marks)
        if (mark.join) {
            join_ = mark.offset;
            greeting_ = mark.greeting;
        }
    if (join_ != nowhere && join_ < batch.begin) join_ = nowhere;
    // Who waits for a join point, or is still behind the new one, goes there.
    for (Place& place : viewers_) {
        const bool is_behind =
            place.offset < batch.begin || (join_ != nowhere && place.offset < join_ && place.offset < batch.offset);
        if (is_behind) {
            stream->delivery().jumps.fetch_add(1, std::memory_order_relaxed);
            place.offset = nowhere;
        }
        if (place.offset == nowhere) join(place);
    }
    std::uint64_t oldest = join_ == nowhere ? end_ : join_;
    for (const Place& place : viewers_) oldest = std::min(oldest, place.offset);
    while (!runs_.empty() && runs_.front().offset + runs_.front().bytes.size() <= oldest) runs_.pop_front();
    pump();
    if (!batch.ended) return;
    // Each may end its viewing.
    const std::vector<Place> ended = viewers_;
    for (const Place& place : ended) place.viewer.ended();
}

void DatagramHub::Feed::join(Place& place) {
    if (place.is_paused || join_ == nowhere) return;
    greet(place, greeting_);
    place.offset = join_;
}

/// Sends to everybody what is due; comes back for those who are behind.
void DatagramHub::Feed::pump() {
    bool is_behind = false;
    for (Place& place : viewers_) is_behind = pump(place) || is_behind;
    if (sent_bytes_ > 0) stream->delivery().bytes.fetch_add(std::exchange(sent_bytes_, 0), std::memory_order_relaxed);
    if (!is_behind || std::exchange(is_waiting_, true)) return;
    timer_.expires_after(step);
    timer_.async_wait([this, alive = alive_](auto error) {
        if (error || !*alive) return;
        is_waiting_ = false;
        pump();
    });
}

bool DatagramHub::Feed::pump(Place& place) {
    std::size_t left = step_bytes;
    Frame frame;
    const bool is_first = place.viewer.asked != base::Instant{} && place.offset < end_;
    while (place.offset < end_ && read(place.offset, frame)) {
        if (frame.size > left) break;
        left -= frame.size;
        place.offset += frame.size;
        add(place, frame);
    }
    fire(place);
    if (is_first)
        stream->delivery().first_frame.observe(base::read_clocks().instant - std::exchange(place.viewer.asked, {}));
    return place.offset < end_;
}

/// The frame at that offset, in the pieces in which it lies. False: there is none that makes sense.
bool DatagramHub::Feed::read(std::uint64_t offset, Frame& frame) const {
    auto run = std::ranges::upper_bound(runs_, offset, {}, &Run::offset);
    if (run == runs_.begin()) return false;
    --run;
    std::array<std::uint8_t, frame_head> head{};
    std::size_t have = 0;
    std::size_t left = 0;
    frame.piece_count = 0;
    for (std::size_t at = offset - run->offset; run != runs_.end(); ++run, at = 0) {
        base::ByteView bytes = run->bytes.view().subspan(at);
        const std::size_t of_head = std::min(frame_head - have, bytes.size());
        std::ranges::copy(bytes.first(of_head), head.begin() + static_cast<std::ptrdiff_t>(have));
        have += of_head;
        bytes = bytes.subspan(of_head);
        if (have < frame_head) continue;
        if (frame.piece_count == 0) left = static_cast<std::size_t>(head[2]) << 8U | head[3];
        if (left > 0 && !bytes.empty()) {
            if (frame.piece_count == most_pieces) return false;
            const std::size_t size = std::min(left, bytes.size());
            frame.pieces[frame.piece_count++] = {const_cast<std::uint8_t*>(bytes.data()),
                                                 size};  // sendmmsg does not write
            left -= size;
        }
        if (left > 0) continue;
        frame.channel = head[1];
        frame.size = frame_head + (static_cast<std::size_t>(head[2]) << 8U | head[3]);
        return true;
    }
    return false;
}

void DatagramHub::Feed::add(Place& place, const Frame& frame) {
    const std::size_t line = frame.channel / 2U;
    if (line >= place.viewer.tracks.size() || place.viewer.tracks[line] == SIZE_MAX) return;
    const std::size_t track = place.viewer.tracks[line];
    const Half half = frame.channel % 2 == 0 ? Half::rtp : Half::rtcp;
    if (volley_.count == volley_.frames.size() || volley_.track != track || volley_.half != half) fire(place);
    volley_.track = track;
    volley_.half = half;
    volley_.frames[volley_.count++] = frame;
}

void DatagramHub::Feed::fire(Place& place) {
    if (volley_.count == 0) return;
    std::array<Outgoing, net::UdpPair::at_once> datagrams;
    for (std::size_t i = 0; i < volley_.count; ++i)
        datagrams[i].runs = std::span(volley_.frames[i].pieces).first(volley_.frames[i].piece_count);
    const std::size_t sent =
        place.viewer.legs->send(volley_.track, volley_.half, std::span(datagrams).first(volley_.count));
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < sent; ++i) bytes += volley_.frames[i].size - frame_head;
    sent_bytes_ += bytes;
    place.sent_bytes += bytes;
    udp_->sent.add(sent);
    udp_->dropped.add(volley_.count - sent);
    volley_.count = 0;
}

/// Sender reports: they say how the clocks of the tracks belong together.
void DatagramHub::Feed::greet(Place& place, base::ByteView greeting) {
    while (greeting.size() >= frame_head) {
        const std::size_t size = static_cast<std::size_t>(greeting[2]) << 8U | greeting[3];
        if (greeting.size() < frame_head + size) break;
        Frame frame{.channel = greeting[1], .size = frame_head + size};
        frame.pieces[frame.piece_count++] = {const_cast<std::uint8_t*>(greeting.data() + frame_head), size};
        add(place, frame);
        greeting = greeting.subspan(frame_head + size);
    }
    fire(place);
}

DatagramHub::~DatagramHub() { *alive_ = false; }

std::unique_ptr<DatagramHub::Viewing> DatagramHub::add(std::shared_ptr<stream::Stream> stream, std::string_view rung,
                                                       const stream::WireFormat& format, DatagramViewer viewer) {
    Key key(stream.get(), std::string(rung), &format);
    stream::ViewerCount& count = stream->viewers()[stream::ViewerProtocol::rtsp];
    const auto known = feeds_.find(key);
    const std::shared_ptr<Feed> feed = known != feeds_.end() ? known->second : open(key, std::move(stream));
    count.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t id = feed->add(std::move(viewer));
    return std::make_unique<Viewing>(feed, id, [this, alive = alive_, key = std::move(key), &count] {
        count.fetch_sub(1, std::memory_order_relaxed);
        // Not from inside the feed that is speaking.
        if (*alive)
            shard_.post([this, alive, key] {
                if (*alive) drop(key);
            });
    });
}

std::shared_ptr<DatagramHub::Feed> DatagramHub::open(const Key& key, std::shared_ptr<stream::Stream> stream) {
    auto feed = std::make_shared<Feed>(shard_, udp_, std::move(stream));
    feeds_.emplace(key, feed);
    const auto deliver = std::make_shared<std::function<void(stream::LogBatchRef)>>(
        [weak = std::weak_ptr(feed)](const stream::LogBatchRef& batch) {
            if (const auto open_feed = weak.lock()) open_feed->receive(*batch);
        });
    feed->stream->shard().post([&shard = shard_, weak = std::weak_ptr(feed), of = feed->stream,
                                subscription = feed->subscription, rung = std::get<1>(key), format = std::get<2>(key),
                                deliver] {
        const auto id = of->open_log(rung, *format, {&shard, deliver}, base::read_clocks());
        if (id) {
            *subscription = *id;
            return;
        }
        shard.post([weak] {
            if (const auto open_feed = weak.lock()) open_feed->receive({.ended = true});
        });
    });
    return feed;
}

// Lets the log go unless somebody has come in the meantime.
void DatagramHub::drop(const Key& key) {
    const auto found = feeds_.find(key);
    if (found == feeds_.end() || !found->second->is_empty()) return;
    const std::shared_ptr<Feed> feed = std::move(found->second);
    feeds_.erase(found);
    feed->stream->shard().post([of = feed->stream, subscription = feed->subscription, format = std::get<2>(key)] {
        if (*subscription != 0) of->close_log(*format, *subscription, base::read_clocks());
    });
}

DatagramHub::Viewing::~Viewing() {
    feed_->remove(id_);
    left_();
}

void DatagramHub::Viewing::pause(bool is_paused) { feed_->pause(id_, is_paused); }

std::uint64_t DatagramHub::Viewing::sent_bytes() const { return feed_->sent_bytes(id_); }

}  // namespace weir::endpoint
