// What players see of a stream's voices: rows of segments that are over, and the parts beyond them that may be shown. It asks
// who waits for whom (waiting.hpp), moves what is due into the window, and makes the index of it. Owned by the segmenter.
#pragma once

#include "package/numbering.hpp"
#include "package/voice.hpp"
#include "package/waiting.hpp"
#include "package/window.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace weir::package {

class Publishing {
  public:
    struct Settings {
        std::uint64_t epoch;
        Window::Settings window;
        media::Ticks segment;  ///< as configured
    };
    /// The voices by place, and what holds for them now.
    struct Company {
        std::span<const std::unique_ptr<Voice>> voices;
        const media::TrackSet& tracks;  ///< of the source
        bool is_source_offered;
        media::Ticks patience;  ///< how far a rendition may be behind the others
    };

    explicit Publishing(const Settings& settings) : settings_(settings), window_(settings.window) {}

    /// Publishes the rows that are over and that nobody waits for any more; true when there were some.
    bool commit(const Company& company, Numbering& numbers);
    /// The same of the oldest row, whoever might be waited for.
    void publish_oldest(const Company& company, const Numbering& numbers);
    /// Shows what may be shown beyond the rows; true when that is more than it was, or `has_moved`.
    bool show(const Company& company, Numbering& numbers, bool has_moved);
    /// Nothing is beyond the rows any more.
    void clear_edges(const Company& company);

    [[nodiscard]] Window& window() noexcept { return window_; }
    [[nodiscard]] const Window& window() const noexcept { return window_; }

    /// Makes a new index; there is none before the first row.
    void renew(const Company& company, media::Ticks part_target, bool has_ended, std::uint64_t cuts);
    [[nodiscard]] const stream::SegmentIndexRef& index() const noexcept { return index_; }
    /// Calls `changed` after each `renew`.
    void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  private:
    [[nodiscard]] Waiting waiting(const Company& company) const noexcept;
    [[nodiscard]] bool is_oldest_over(const Company& company, const Numbering& numbers) const noexcept;
    bool show(Voice& voice, const Waiting& waiting, Numbering& numbers, bool has_moved);

    Settings settings_;
    Window window_;
    stream::SegmentIndexRef index_;
    std::function<void()> changed_;
};

}  // namespace weir::package
