#include "package/window.hpp"

#include "package/iframes.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace weir::package {

namespace {

using media::Ticks;

constexpr std::size_t fewest_segments = 3;
constexpr std::int64_t fewest_target_durations = 3;  // RFC 8216 6.2.2
/// Of what is to be listed, so much where a rendition that has lost media would otherwise list too little.
constexpr std::int64_t most_windows = 2;
/// A part, its one slice and the allocator's share of both and of the slab.
constexpr std::size_t part_cost = sizeof(stream::Part) + sizeof(base::Bytes) + 64;

std::uint64_t bits_per_second(std::size_t bytes, Ticks duration) {
    if (duration <= Ticks()) return 0;
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * 8 / duration.to_seconds()));
}

/// The target duration under which segments as long as the first fit (EXTINF is compared rounded to the nearest second),
/// with a quarter of a second to spare for those that are a little longer.
Ticks target_for(Ticks first) {
    return Ticks::from(static_cast<std::int64_t>(std::ceil(first.to_seconds() - 0.25)), 1);
}

}  // namespace

void RateMeter::add(const stream::Segment& segment, Ticks target) {
    if (segment.gap) return recent_.clear();
    recent_.push_back({segment.duration, segment.size});
    Ticks duration;
    std::size_t size = 0;
    std::size_t used = 0;
    for (auto measure = recent_.rbegin(); measure != recent_.rend(); ++measure, ++used) {
        duration += measure->duration;
        size += measure->size;
        if (duration * 2 > target * 3) break;
        if (duration * 2 >= target) peak_ = std::max(peak_, bits_per_second(size, duration));
    }
    while (recent_.size() > used) recent_.pop_front();
}

void RateMeter::change(std::uint64_t sequence, std::uint64_t oldest) noexcept {
    peak_before_ = peak(oldest);
    changed_at_ = sequence;
    peak_ = 0;
}

std::uint64_t RateMeter::peak(std::uint64_t oldest) const noexcept {
    return oldest < changed_at_ ? std::max(peak_, peak_before_) : peak_;
}

Window::Shelf* Window::find(std::string_view name) noexcept {
    const auto found = std::ranges::find(shelves_, name, [](const Shelf& shelf) { return shelf.rendition.name; });
    return found != shelves_.end() ? &*found : nullptr;
}

Window::Shelf& Window::shelf_of(const Rendition& rendition) {
    if (Shelf* known = find(rendition.name)) return *known;
    const auto at = std::ranges::upper_bound(shelves_, rendition.place, {},
                                             [](const Shelf& shelf) { return shelf.rendition.place; });
    return *shelves_.emplace(at, rendition);
}

void Window::add(const Rendition& rendition, const media::Track& track, stream::SegmentRef segment) {
    Shelf& shelf = shelf_of(rendition);
    if (!next_)
        next_ = Row{.sequence = segment->sequence,
                    .duration = segment->duration,
                    .shortest = segment->duration,
                    .bytes = 0,
                    .longest_playlist = {}};
    next_->duration = std::max(next_->duration, segment->duration);
    next_->shortest = std::min(next_->shortest, segment->duration);
    next_->bytes += segment->size;
    count_parts(static_cast<std::ptrdiff_t>(segment->parts.size()));
    shelf.track = track;
    // A rendition that was forgotten and comes back counts on from further than it was: there is no row that lasts less.
    if (shelf.listed.empty()) shelf.first_iframe = iframes::first_number(*segment);
    shelf.listed.push_back(std::move(segment));
    shelf.list.reset();
}

void Window::commit(Ticks least_target) {
    if (!next_) return;
    if (target_ == Ticks()) target_ = std::max(least_target, target_for(next_->duration));
    for (auto& shelf : shelves_) {
        const auto& listed = shelf.listed;
        std::erase_if(shelf.edge.ahead, [&](const auto& segment) { return segment->sequence <= next_->sequence; });
        if (listed.back()->sequence != next_->sequence) continue;
        if (listed.size() > 1 && listed.back()->init != listed[listed.size() - 2]->init)
            shelf.rate.change(listed.back()->sequence, listed.front()->sequence);
        shelf.rate.add(*listed.back(), target_);
    }
    periods_.add(newest());
    published_ += next_->shortest;
    listed_duration_ += next_->duration;
    listed_shortest_ += next_->shortest;
    bytes_ += next_->bytes;
    rows_.push_back(*next_);
    next_.reset();
    trim();
}

/// What was added of the next number.
std::vector<Periods::Column> Window::newest() const {
    std::vector<Periods::Column> row;
    for (const Shelf& shelf : shelves_)
        if (shelf.listed.back()->sequence == next_->sequence)
            row.push_back({.rendition = shelf.rendition.name, .segment = shelf.listed.back().get()});
    return row;
}

void Window::set_edge(std::string_view name, Edge edge) {
    Shelf* const shelf = find(name);
    if (shelf == nullptr) return;
    shelf->edge = std::move(edge);
    shelf->list.reset();
    note_longest_playlist();
}

/// How much the playlist that is furthest ahead has, in whole segments.
Ticks Window::ahead() const noexcept {
    Ticks most;
    for (const Shelf& shelf : shelves_) {
        Ticks duration;
        for (const auto& segment : shelf.edge.ahead) duration += segment->duration;
        most = std::max(most, duration);
    }
    return most;
}

void Window::note_longest_playlist() noexcept {
    Ticks edge;
    for (const Shelf& shelf : shelves_) {
        Ticks its = shelf.edge.open != nullptr ? shelf.edge.open->duration : Ticks();
        for (const auto& segment : shelf.edge.ahead) its += segment->duration;
        edge = std::max(edge, its);
    }
    for (Row& row : rows_) row.longest_playlist = std::max(row.longest_playlist, listed_duration_ + edge);
}

bool Window::may_unlist() const noexcept {
    return rows_.size() > fewest_segments && listed_duration_ - rows_.front().duration >= least_duration();
}

/// Whether the oldest is listed in vain. A playlist that lists less than others, having lost media, is waited for: not if it lost most, nor
/// while memory is short.
bool Window::has_enough() const noexcept {
    if (settings_.duration == Ticks()) return true;
    const Ticks left = listed_duration_ - rows_.front().duration;
    return left >= settings_.duration && (listed_shortest_ - rows_.front().shortest >= least_duration() ||
                                          left >= std::max(least_duration(), settings_.duration) * most_windows);
}

Ticks Window::least_duration() const noexcept { return target_ * fewest_target_durations; }

void Window::trim() {
    for (auto& shelf : shelves_)
        while (!shelf.lingering.empty() && shelf.lingering.front().until <= published_) drop_lingering(shelf);
    while (may_unlist() && has_enough()) unlist_oldest();
    while (bytes_ > settings_.bytes) {
        bool has_dropped = false;
        for (auto& shelf : shelves_)
            if (!shelf.lingering.empty()) {
                drop_lingering(shelf);
                has_dropped = true;
            }
        if (has_dropped) continue;
        if (!may_unlist()) break;
        unlist_oldest();
    }
    note_longest_playlist();
}

void Window::drop_lingering(Shelf& shelf) {
    shelf.list.reset();
    bytes_ -= shelf.lingering.front().segment->size;
    count_parts(-static_cast<std::ptrdiff_t>(shelf.lingering.front().segment->parts.size()));
    shelf.lingering.pop_front();
}

void Window::count_parts(std::ptrdiff_t change) noexcept {
    parts_ += static_cast<std::size_t>(change);
    records_.set(parts_ * part_cost);
}

void Window::unlist_oldest() {
    const Row row = rows_.front();
    rows_.pop_front();
    periods_.forget_before(rows_.front().sequence);
    listed_duration_ -= row.duration;
    listed_shortest_ -= row.shortest;
    const Ticks until = published_ + ahead() + row.duration + row.longest_playlist;
    for (auto& shelf : shelves_) {
        if (shelf.listed.empty() || shelf.listed.front()->sequence != row.sequence) continue;
        shelf.first_iframe += iframes::rows(*shelf.listed.front()).size();
        shelf.lingering.push_back({.segment = std::move(shelf.listed.front()), .until = until});
        shelf.listed.pop_front();
        shelf.list.reset();
    }
}

void Window::shorten() {
    settings_.duration = Ticks();
    while (may_unlist()) unlist_oldest();
    for (auto& shelf : shelves_)
        while (!shelf.lingering.empty()) drop_lingering(shelf);
}

bool Window::drop_if_empty(std::string_view name) {
    Shelf* const shelf = find(name);
    if (shelf == nullptr || !std::ranges::all_of(shelf->listed, [](const auto& segment) { return segment->gap; }))
        return false;
    while (!shelf->lingering.empty()) drop_lingering(*shelf);
    shelves_.erase(shelves_.begin() + (shelf - shelves_.data()));
    return true;
}

void Window::change(const Rendition& rendition) {
    Shelf* const shelf = find(rendition.name);
    if (shelf == nullptr) return;
    shelf->rendition = rendition;
    shelf->list.reset();
    std::ranges::sort(shelves_, {}, [](const Shelf& other) { return other.rendition.order(); });
}

void Window::offer(std::string_view name, bool is_offered) {
    Shelf* const shelf = find(name);
    if (shelf == nullptr || std::exchange(shelf->is_offered, is_offered) == is_offered) return;
    shelf->list.reset();
}

bool Window::offers(std::string_view name) const noexcept {
    return std::ranges::any_of(shelves_,
                               [&](const Shelf& shelf) { return shelf.is_offered && shelf.rendition.name == name; });
}

std::shared_ptr<const stream::SegmentList> Window::list(const Shelf& shelf) {
    auto list = std::make_shared<stream::SegmentList>();
    list->name = shelf.rendition.name;
    list->kind = shelf.rendition.kind;
    list->is_offered = shelf.is_offered;
    list->track = shelf.track;
    list->first_iframe = shelf.first_iframe;
    list->listed.assign(shelf.listed.begin(), shelf.listed.end());
    std::ranges::transform(shelf.lingering, std::back_inserter(list->lingering), &Lingering::segment);
    list->ahead = shelf.edge.ahead;
    list->open = shelf.edge.open;
    list->under_way = shelf.edge.under_way;
    list->open_end = shelf.edge.open_end;
    Ticks duration;
    std::size_t size = 0;
    for (const auto& segment : shelf.listed) {
        duration += segment->gap ? Ticks() : segment->duration;
        size += segment->gap ? 0 : segment->size;
    }
    list->average_bitrate = bits_per_second(size, duration);
    list->peak_bitrate = std::max({shelf.rate.peak(shelf.listed.empty() ? 0 : shelf.listed.front()->sequence),
                                   list->average_bitrate, shelf.track.announced_bitrate, shelf.rendition.bitrate});
    return list;
}

std::shared_ptr<stream::SegmentIndex> Window::index(std::uint64_t epoch, bool ended, std::uint64_t cuts) {
    auto index = std::make_shared<stream::SegmentIndex>();
    index->epoch = epoch;
    index->target_duration = target_;
    index->ended = ended;
    index->cuts = cuts;
    for (Shelf& shelf : shelves_) {
        if (shelf.list == nullptr) shelf.list = list(shelf);
        index->renditions.push_back(shelf.list);
    }
    index->periods.assign(periods_.all().begin(), periods_.all().end());
    return index;
}

}  // namespace weir::package
