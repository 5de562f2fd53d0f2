#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "stream/fixtures.hpp"
#include "stream/house.hpp"
#include "stream/registry.hpp"

namespace weir::stream::test {
namespace {

/// A shard of one thread and a queue.
class ThreadExecutor final : public base::Executor {
  public:
    ThreadExecutor() : thread_([this] { run(); }) {}
    ~ThreadExecutor() override {
        post([this] { stopped_ = true; });
        thread_.join();
    }
    void post(Task task) override {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        ready_.notify_one();
    }
    [[nodiscard]] bool is_current() const noexcept override { return std::this_thread::get_id() == thread_.get_id(); }
    /// Runs `task` there and returns once it is done.
    void finish(const std::function<void()>& task) {
        std::mutex mutex;
        std::condition_variable finished;
        bool done = false;
        post([&] {
            task();
            const std::lock_guard lock(mutex);
            done = true;
            finished.notify_one();
        });
        std::unique_lock lock(mutex);
        finished.wait(lock, [&] { return done; });
    }

  private:
    void run() {
        while (!stopped_) {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [&] { return !tasks_.empty(); });
            Task task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
    }

    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Task> tasks_;
    bool stopped_ = false;
    std::thread thread_;
};

TEST(Threads, readers_on_other_shards_see_every_byte_of_a_log_that_is_being_written) {
    ThreadExecutor writer;
    ThreadExecutor readers[2];
    Follower followers[3]{Follower(readers[0]), Follower(readers[1]), Follower(readers[1])};
    std::optional<Rendition> rendition;
    std::optional<WireLog> log;
    const auto tracks = both();
    writer.finish([&] {
        rendition.emplace("source", Rendition::Limits{});
        rendition->write(shared(key(0, 500)), tracks);
        log.emplace(readable, *rendition, WireLog::Limits{.slab_bytes = base::ByteCount(4096), .lag = 1s}, at(0s));
        log->subscribe(followers[0].subscriber());
        log->subscribe(followers[1].subscriber());
    });
    for (int i = 1; i <= 2000; ++i)
        writer.post([&, i] {
            rendition->write(shared(video(i * 40, i % 50 == 0, 500)), tracks);
            if (i == 1000) log->subscribe(followers[2].subscriber());
        });
    writer.finish([&] { log->end(); });
    for (ThreadExecutor& reader : readers) reader.finish([] {});
    for (const Follower& follower : followers) {
        EXPECT_TRUE(follower.ended());
        EXPECT_FALSE(follower.broken());
        EXPECT_TRUE(follower.text().ends_with("v79960" + std::string(500, 'x') + "V80000" + std::string(500, 'x')));
    }
    EXPECT_EQ(followers[0].text(), followers[1].text());
    EXPECT_TRUE(followers[0].text().ends_with(followers[2].text().substr(followers[2].text().find("V40000"))));
    writer.finish([&] { log.reset(), rendition.reset(); });
}

TEST(Threads, streams_come_go_and_are_looked_at_from_everywhere) {
    PackagerShelf shelf;  // only the streams' own shard makes packagers here
    Registry registry({.streams = 100}, shelf.factory());
    ThreadExecutor shard;
    ThreadExecutor others[2];
    constexpr int rounds = 200;
    for (ThreadExecutor& other : others)
        for (int i = 0; i < rounds; ++i)
            other.post([&] {
                for (const StreamSnapshotRef& snapshot : registry.list()) EXPECT_EQ(snapshot->id.app, "live");
                if (const auto stream = registry.find({"live", "a"})) {
                    stream->viewers()[ViewerCounts::flv].fetch_add(1);
                    (void)stream->is_over();
                    stream->viewers()[ViewerCounts::flv].fetch_sub(1);
                }
                (void)registry.snapshot({"live", "a"});
            });
    for (int i = 0; i < rounds; ++i)
        shard.post([&, i] {
            const base::Now now = at(i * 1s);
            const auto stream = registry.open({"live", "a"}, {}, shard, now);
            ASSERT_TRUE(stream);
            const auto publication = (*stream)->publish(
                {.id = "p-1", .protocol = "test", .peer = {}, .client = {}}, [](std::string_view) {}, now);
            ASSERT_TRUE(publication);
            (*stream)->push(*publication, {{key(0), both()}}, {}, now);
            (void)registry.tick(shard, now);
            (*stream)->stop("over", now);
        });
    shard.finish([] {});
    for (ThreadExecutor& other : others) other.finish([] {});
    EXPECT_EQ(shelf.made.size(), static_cast<std::size_t>(rounds));
}

}  // namespace
}  // namespace weir::stream::test
