// Memory filled to the brim: more streams than there is room for, with large windows and viewers that take nothing, under a virtual
// clock. Publishers ask before they push, as a session does before it reads.
#include "app/ceiling.hpp"

#include "app/formats.hpp"
#include "base/memory.hpp"
#include "format/relay.hpp"
#include "net/broadcaster.hpp"
#include "package/segmenter.hpp"
#include "package/source.hpp"
#include "stream/fixtures.hpp"
#include "stream/registry.hpp"

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace weir::app {
namespace {

using namespace std::chrono_literals;
using namespace base::literals;
using testing::HasSubstr;

constexpr std::string_view no_memory = "the memory that `limits.memory` allows is in use";

/// A segmenter that counts how often it was asked to shorten its window.
class CountingPackager final : public stream::Packager {
  public:
    CountingPackager(const config::StreamOptions& options, base::Now now, int& shortened)
        : segmenter_(options, now), shortened_(shortened) {}
    void write(const stream::Entry& entry, base::WallTime wall) override { segmenter_.write(entry, wall); }
    void set_rungs(std::span<const Rung> rungs) override { segmenter_.set_rungs(rungs); }
    void write_rung(std::size_t rung, const stream::Entry& entry, base::WallTime wall) override {
        segmenter_.write_rung(rung, entry, wall);
    }
    void interrupt_rung(std::size_t rung) override { segmenter_.interrupt_rung(rung); }
    void offer_source(bool is_offered) override { segmenter_.offer_source(is_offered); }
    void end() override { segmenter_.end(); }
    void shorten() override {
        ++shortened_;
        segmenter_.shorten();
    }
    [[nodiscard]] stream::SegmentIndexRef index() const override { return segmenter_.index(); }
    [[nodiscard]] std::vector<std::string> take_remarks() override { return segmenter_.take_remarks(); }

  private:
    package::Segmenter segmenter_;
    int& shortened_;
};

/// A viewer that never reads, and the broadcaster that would send to it.
class StalledViewer {
  public:
    StalledViewer(boost::asio::io_context& context, net::Sender& sender, const base::MemoryLimit& memory)
        : broadcaster(context, sender, {[](auto) {}, [](auto, auto) {}, [](auto) {}}, &memory) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours_ = ends[0];
        constexpr int small = 4096;
        ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        broadcaster.add(ends[1], base::Bytes::copy_of("head"), base::read_clocks().instant);
    }
    ~StalledViewer() { ::close(ours_); }
    StalledViewer(const StalledViewer&) = delete;
    StalledViewer& operator=(const StalledViewer&) = delete;

    net::Broadcaster broadcaster;

  private:
    int ours_ = -1;
};

class Brim {
  public:
    explicit Brim(base::ByteCount memory)
        : registry({.streams = 100, .memory = memory},
                   [this](const base::StreamId&, const config::StreamOptions& options, base::Now now) {
                       return std::make_unique<CountingPackager>(options, now, shortened);
                   }) {
        settings.options.segment = 2s;
        settings.options.window = 60s;
    }

    /// The reason for which there is no such stream.
    std::string open(const std::string& name) {
        auto stream = registry.open({"live", name}, settings, shard, now());
        if (!stream) return std::string(stream.error().text);
        Publisher& publisher = publishers_.emplace_back(std::move(*stream));
        publisher.id = *publisher.stream->publish(
            {.id = name, .protocol = "test", .peer = {}, .client = {}},
            [this, &publisher](std::string_view reason) {
                publisher.ended = reason;
                if (live_at_first_end == 0) live_at_first_end = live() + 1, shortened_at_first_end = shortened;
            },
            now());
        return "";
    }
    /// Ten pictures a second of that size, a keyframe every two seconds.
    void run(base::Duration duration, std::size_t picture) {
        for (const base::Duration end = since_ + duration; since_ < end; since_ += 100ms) {
            for (Publisher& publisher : publishers_) {
                if (publisher.stream == nullptr) continue;
                if (!publisher.ended.empty()) {
                    publisher.viewer.reset();
                    publisher.stream.reset();
                    continue;
                }
                if (!registry.memory().is_full()) push(publisher, picture);
                else publisher.stream->push(publisher.id, {}, {}, now());  // it is alive, and held back
                look();
            }
            (void)registry.tick(shard, now());
            shard.drain();
            context_.restart();
            context_.poll();
            look();
        }
    }
    [[nodiscard]] std::size_t live() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(publishers_, [](const Publisher& one) { return one.ended.empty(); }));
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        std::vector<std::string> reasons;
        for (const Publisher& publisher : publishers_)
            if (!publisher.ended.empty()) reasons.push_back(publisher.ended);
        return reasons;
    }

    int shortened = 0;  ///< windows, in all
    std::size_t live_at_first_end = 0;
    int shortened_at_first_end = 0;
    std::size_t most = 0;  ///< bytes of media at any time
    base::InlineExecutor shard;
    stream::Registry registry;
    stream::Stream::Settings settings;

  private:
    struct Publisher {
        explicit Publisher(std::shared_ptr<stream::Stream> of) : stream(std::move(of)) {}
        std::shared_ptr<stream::Stream> stream;
        stream::PublicationId id = 0;
        std::int64_t frames = 0;
        std::string ended;
        std::shared_ptr<StalledViewer> viewer;
    };

    [[nodiscard]] base::Now now() const { return stream::test::at(since_); }
    void look() { most = std::max(most, base::media_bytes()); }
    void push(Publisher& publisher, std::size_t size) {
        media::Packet packet;
        packet.track = media::video_track_id;
        packet.dts = packet.pts = media::Ticks::from(publisher.frames, 10);
        packet.duration = media::Ticks::from(1, 10);
        packet.keyframe = publisher.frames++ % 20 == 0;
        packet.payload = package::test::video_payload(size);
        std::vector<stream::Item> items;
        items.push_back({std::move(packet), tracks_});
        publisher.stream->push(publisher.id, std::move(items), {}, now());
        if (publisher.viewer == nullptr) watch(publisher);
    }
    void watch(Publisher& publisher) {
        publisher.viewer = std::make_shared<StalledViewer>(context_, *sender_, registry.memory());
        auto deliver = std::make_shared<std::function<void(stream::LogBatchRef)>>(
            [weak = std::weak_ptr(publisher.viewer)](const stream::LogBatchRef& batch) {
                if (const auto viewer = weak.lock()) viewer->broadcaster.receive(*batch);
            });
        EXPECT_TRUE(publisher.stream->open_log("source", flv_format, {&shard, std::move(deliver)}, now()));
    }

    base::Duration since_{};
    boost::asio::io_context context_{1};
    std::unique_ptr<net::Sender> sender_ = net::create_sender(net::IoKind::epoll);
    media::TrackSetRef tracks_ =
        std::make_shared<media::TrackSet>(std::vector<media::Track>{package::test::video_track(1280)});
    std::deque<Publisher> publishers_;
};

config::Config configured(base::ByteCount memory) {
    config::Config config;
    config.limits.memory = memory;
    return config;
}

TEST(Ceiling, MoreStreamsThanThereIsRoomForStayUnderIt) {
    constexpr base::ByteCount memory = 64_MiB;
    Brim brim(memory);
    for (int i = 0; i < 24; ++i) ASSERT_EQ(brim.open("early-" + std::to_string(i)), "") << "windows are empty as yet";
    std::string refused;
    for (int second = 0; second < 40; ++second) {
        brim.run(1s, 40'000);
        if (refused.empty()) refused = brim.open("late-" + std::to_string(second));
    }
    EXPECT_EQ(refused, no_memory);
    EXPECT_GE(brim.shortened_at_first_end, static_cast<int>(brim.live_at_first_end)) << "windows go before streams";
    EXPECT_THAT(brim.reasons(), testing::Each(std::string(no_memory)));
    EXPECT_GE(brim.live(), 4U);
    EXPECT_LE(brim.live(), 12U);
    EXPECT_GE(brim.most, memory.bytes()) << "it was filled";
    EXPECT_LE(brim.most, memory.bytes() + 1'000'000) << "beyond it there are a picture and a chunk";
    EXPECT_LE(brim.most, memory_ceiling(configured(memory), 1).bytes());
}

TEST(Ceiling, TheLargestPicturesPassTheLimitByNoMoreThanAStep) {
    constexpr base::ByteCount memory = 96_MiB;
    Brim brim(memory);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(brim.open(std::to_string(i)), "");
    brim.run(4s, 7'000'000);
    EXPECT_GE(brim.most, memory.bytes() + (8U << 20)) << "it was passed";
    EXPECT_LE(brim.most, memory.bytes() + media_step().bytes());
}

/// Workers that announce the largest frames and send little of them, read as the driver reads: it asks first.
TEST(Ceiling, WorkersThatAnnounceLargeFramesPassTheLimitByNoMoreThanAStep) {
    constexpr base::ByteCount memory = 64_MiB;
    const base::MemoryLimit limit(memory);
    std::deque<format::relay::Reader> readers;
    for (int i = 0; i < 20 && !limit.is_full(); ++i) {
        format::relay::Reader& reader = readers.emplace_back();
        for (const base::Bytes& bytes : format::relay::write(format::relay::Hello{.program = "weir-worker"}))
            reader.receive(bytes);
        EXPECT_TRUE(reader.next().has_value());
        const std::array<std::uint8_t, 5> begun = {1, 0, 0, 0, 4};  // of 16 MiB
        reader.receive(begun);
        EXPECT_TRUE(reader.next().has_value());
    }
    EXPECT_TRUE(limit.is_full());
    EXPECT_LE(readers.size(), 5U) << "what is under way counts";
    EXPECT_LE(base::media_bytes(), memory.bytes() + media_step().bytes());
}

TEST(Ceiling, EveryLimitHasItsShare) {
    const config::Config config;
    const std::uint64_t before = memory_ceiling(config, 2).bytes();
    const auto adds = [&](auto change) {
        config::Config changed;
        change(changed.limits);
        return memory_ceiling(changed, 2).bytes() - before;
    };
    EXPECT_EQ(adds([](config::Limits& limits) { limits.memory = base::ByteCount(limits.memory.bytes() + 4096); }),
              5120U);
    EXPECT_GE(adds([](config::Limits& limits) { limits.viewers += 1; }), 64U << 10);
    EXPECT_GE(adds([](config::Limits& limits) { limits.streams += 1; }), 256U << 10);
    EXPECT_GE(media_step().bytes(),
              4 * format::relay::Limits{}.frame.bytes() + stream::WireLog::Limits{}.log_bytes.bytes())
        << "a worker's frame that begins, and one that completes chunks";
    EXPECT_GE(memory_ceiling(config, 3).bytes() - before, media_step().bytes());
    EXPECT_THAT(ceiling_page(), HasSubstr("that is " + print_mebibytes(base::ByteCount(before)) + ";"));
}

}  // namespace
}  // namespace weir::app
