// A server of the simulation under a virtual clock: one stream with its segmenter, a worker, at most one publisher, and the checker,
// which has every version of every playlist, whole and as a delta update.
#pragma once

#include "checker/camera.hpp"
#include "checker/checker.hpp"
#include "checker/worker.hpp"
#include "package/hls.hpp"
#include "package/segmenter.hpp"
#include "stream/stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::checker::test {

/// Segments of 2 s, of which few are listed.
inline config::StreamOptions short_window() {
    config::StreamOptions options;
    options.segment = 2s;
    options.part = 500ms;
    options.window = 12s;
    return options;
}

class Station {
  public:
    explicit Station(config::StreamOptions options, std::set<Rule> tolerated = {})
        : checker({.propagation = {}, .late = 1500ms, .sees_all = true, .tolerated = std::move(tolerated)},
                  [this](const std::string& address) { return fetch(address); }),
          options_(std::move(options)) {
        begin();
    }

    [[nodiscard]] base::Now now() const {
        return {base::Instant(1000s + elapsed_), base::WallTime(1'800'000'000s + elapsed_)};
    }
    [[nodiscard]] base::Duration elapsed() const noexcept { return elapsed_; }
    [[nodiscard]] bool is_over() const { return stream_->is_over(); }
    [[nodiscard]] bool is_published() const noexcept { return sender_ != nullptr; }

    void publish(const Camera::Shape& shape) {
        auto camera = std::make_unique<Camera>(shape, now().instant);
        camera_ = camera.get();
        publish_with(std::move(camera));
    }
    void publish_with(std::unique_ptr<Sender> sender) {
        if (is_over()) follow_with_another();
        const auto publication = stream_->publish({.id = "p"}, [this](std::string_view) { sender_.reset(); }, now());
        ASSERT_TRUE(publication.has_value()) << publication.error().text;
        publication_ = *publication;
        sender_ = std::move(sender);
    }
    void cut() {
        sender_.reset();
        stream_->leave(publication_, "the connection was lost", now());
        look();
    }
    void stall(base::Duration time) { camera_->stall(time); }
    void lose_pictures(base::Duration time) { camera_->lose_pictures(now().instant + time); }
    void lose_sound(base::Duration time) { camera_->lose_sound(now().instant + time); }
    /// An operator gives it another ladder.
    void set_ladder(std::vector<package::test::RungShape> rungs) {
        orders.rungs = std::move(rungs);
        options_.ladder = fmt::format("ladder {}", ++ladders_);
        stream_->set_options(options_, now());
    }
    /// The process is killed; another one is there, and nothing is left of the first.
    void restart(base::Duration outage) {
        stream_.reset();
        sender_.reset();
        elapsed_ += outage;
        not_before_ = {};
        begin();
        checker.restart();
    }
    void run(base::Duration time) {
        const base::Duration end = elapsed_ + time;
        while (elapsed_ < end && !checker.broken()) {
            const base::Duration due = sender_ != nullptr ? sender_->due() - base::Instant(1000s) : end;
            const base::Duration next = std::min({next_tick_, std::max(due, elapsed_), end});
            elapsed_ = next;
            if (elapsed_ >= next_tick_) {
                next_tick_ = elapsed_ + 100ms;
                stream_->tick(now());
            } else if (sender_ != nullptr && due <= elapsed_) {
                stream_->push(publication_, sender_->send(now().instant), sender_->faults(), now());
            }
            look();
        }
    }
    /// Whether nothing may be late.
    void set_steady(bool is_steady) { checker.set_steady(is_steady, now().wall); }

    Orders orders;
    Checker checker;
    stream::TimestampFaults faults;

  private:
    using IndexReader = std::function<void(stream::SegmentIndexRef)>;

    void begin() {
        stream::Stream::Settings settings{.options = options_};
        settings.origin = media::Ticks::from(std::max(now().wall, not_before_).time_since_epoch());
        settings.not_before = not_before_;
        settings.transcoder = [this](const auto&, const auto&, const auto&, stream::RungSink& sink, base::Executor&,
                                     base::Now) {
            return orders.rungs.empty() ? nullptr : std::make_unique<Worker>(orders, sink);
        };
        stream_ = std::make_unique<stream::Stream>(
            base::StreamId{"live", "demo"}, settings, shard_,
            [this](const base::StreamId&, const config::StreamOptions& chosen, base::Now at) {
                auto made = std::make_unique<package::Segmenter>(chosen, at);
                segmenter_ = made.get();
                return made;
            },
            now());
        index_ = nullptr;
        if (is_followed_ = !is_followed_; is_followed_)
            (void)stream_->watch_index(
                {.executor = &shard_, .deliver = std::make_shared<IndexReader>([](const auto&) {})});
    }
    /// As the registry does when a name is free again.
    void follow_with_another() {
        not_before_ = stream_->numbers_end();
        stream_.reset();
        begin();
        checker.restart();
    }

    void look() {
        shard_.drain();
        if (segmenter_->index() == index_ || segmenter_->index() == nullptr) return;
        index_ = segmenter_->index();
        namespace hls = package::hls;
        // One look is one moment; another one follows it.
        const base::WallTime at = looked_ = std::max(looked_ + base::Duration(1), now().wall);
        if (std::string text = hls::multivariant_playlist(*index_); text != multivariant_) {
            checker.see_multivariant(text);
            multivariant_ = std::move(text);
        }
        std::erase_if(shown_, [&](const std::string& name) {
            if (index_->find(name) != nullptr) return false;
            checker.forget(name + "/index.m3u8");
            return true;
        });
        for (const auto& list : index_->renditions) {
            const std::string address = list->name + "/index.m3u8";
            shown_.insert(list->name);
            const std::string text = hls::media_playlist(*index_, *list);
            (void)checker.see(address, text, {at, at});
            if (!index_->ended)
                checker.see_delta(address, hls::media_playlist(*index_, *list, {.skip = hls::Skip::yes}));
        }
    }

    [[nodiscard]] std::optional<std::string> fetch(const std::string& address) const {
        namespace hls = package::hls;
        const std::string_view name = std::string_view(address).substr(address.find('/') + 1);
        const stream::SegmentList* list = index_->find(std::string_view(address).substr(0, address.find('/')));
        if (list == nullptr) return std::nullopt;
        if (const auto hash = hls::parse_init_address(name)) {
            const auto init = hls::find_init(*list, *hash);
            return init != nullptr ? std::optional(std::string(base::as_text(init->bytes.view()))) : std::nullopt;
        }
        if (const auto part = hls::parse_part_address(name)) {
            const stream::Part* found = hls::find_part(*index_, *list, *part);
            return found != nullptr ? std::optional(text_of(*found)) : std::nullopt;
        }
        const auto segment = hls::parse_segment_address(name);
        const auto found = segment ? hls::find_segment(*index_, *list, *segment) : nullptr;
        if (found == nullptr) return std::nullopt;
        std::string text;
        for (const stream::Part& part : found->parts) text += text_of(part);
        return text;
    }
    static std::string text_of(const stream::Part& part) {
        std::string text;
        for (const base::Bytes& bytes : part.bytes) text += base::as_text(bytes.view());
        return text;
    }

    config::StreamOptions options_;
    unsigned ladders_ = 0;
    base::Duration elapsed_{};
    base::Duration next_tick_{};
    base::WallTime not_before_{};
    base::WallTime looked_{};  ///< last
    base::InlineExecutor shard_;
    package::Segmenter* segmenter_ = nullptr;
    stream::SegmentIndexRef index_;
    std::string multivariant_;
    std::set<std::string> shown_;  ///< renditions
    std::unique_ptr<stream::Stream> stream_;
    std::unique_ptr<Sender> sender_;
    Camera* camera_ = nullptr;  ///< the sender, where that is one
    stream::PublicationId publication_ = 0;
    bool is_followed_ = false;  ///< every other stream: somebody waits for its parts as they are made
};

}  // namespace weir::checker::test
