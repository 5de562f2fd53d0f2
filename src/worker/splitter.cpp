#include "worker/splitter.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir::worker {

using base::Result;
using media::Ticks;

namespace {

std::uint64_t area(const Rung& rung) { return std::uint64_t{rung.setup.width} * rung.setup.height; }

}  // namespace

void Splitter::add(Rung& rung, Queue<RungItem>& out) {
    const auto at = std::ranges::find_if(branches_, [&](const Branch& each) { return area(*each.rung) < area(rung); });
    branches_.insert(at, Branch{.rung = &rung, .out = &out});
}

void Splitter::run() {
    while (const auto item = in_.pop()) std::visit([this](const auto& each) { take(each); }, *item);
}

void Splitter::take(const DrainRef& mark) {
    last_keyframe_.reset();
    for (const Branch& branch : branches_) branch.out->push(mark);
    mark->reached();
}

bool Splitter::too_late(const Picture& picture) const {
    if (settings_.most_late == base::Duration::zero()) return false;
    if (picture.marks.segment_boundary || picture.marks.discontinuity) return false;
    return std::chrono::steady_clock::now() - picture.arrived > settings_.most_late;
}

void Splitter::take(Picture picture) {
    stills_.look(picture);
    const Ticks pts = picture.frame->pts();
    if (pts < settings_.from) return;
    if (too_late(picture)) {
        ++dropped_;
        return;
    }
    picture.marks.keyframe = picture.marks.segment_boundary || picture.marks.discontinuity || !last_keyframe_ ||
                             (settings_.keyframe > Ticks() && pts - *last_keyframe_ >= settings_.keyframe);
    if (picture.marks.keyframe) last_keyframe_ = pts;
    std::vector<av::FrameRef> sources{picture.frame};
    for (Branch& branch : branches_) give(branch, picture, sources);
}

void Splitter::give(Branch& branch, const Picture& picture, std::vector<av::FrameRef>& sources) {
    const bool was_on = std::exchange(branch.on, branch.rung->on.load());
    if (was_on && !branch.on) branch.out->push(Stop{});
    branch.discontinuity |= picture.marks.discontinuity;
    if (!branch.on || !wants(branch, picture)) return;
    auto scaled = scale(branch, sources);
    if (!scaled) {
        ++branch.rung->dropped;
        branch.scaler.reset();
        return outlet_.trouble(branch.rung->setup.name, scaled.error().text, std::chrono::steady_clock::now());
    }
    Picture made = picture;
    made.frame = *scaled;
    made.marks.discontinuity = std::exchange(branch.discontinuity, false);
    sources.push_back(*std::move(scaled));
    branch.out->push(std::move(made));
}

bool Splitter::wants(Branch& branch, const Picture& picture) const {
    const double rate = branch.rung->setup.frame_rate;
    if (rate <= 0) return true;
    const Ticks pts = picture.frame->pts();
    const Ticks step(std::llround(Ticks::per_second / rate));
    // A quarter of a step of mercy: times are not always exact.
    if (!picture.marks.keyframe && pts + step / 4 < branch.due) return false;
    branch.due = pts - branch.due > step || picture.marks.keyframe ? pts + step : branch.due + step;
    return true;
}

Result<av::FrameRef> Splitter::scale(Branch& branch, const std::vector<av::FrameRef>& sources) const {
    const format::relay::RungSetup& setup = branch.rung->setup;
    // The smallest that is large enough; where none is, the source itself, and it is enlarged.
    const av::FrameRef* from = &sources.front();
    std::uint64_t smallest = UINT64_MAX;
    for (const av::FrameRef& source : sources) {
        const av::PictureFormat format = av::format_of(*source);
        const std::uint64_t size = std::uint64_t{format.shown_width} * format.shown_height;
        if (format.shown_width < setup.width || format.shown_height < setup.height || size >= smallest) continue;
        smallest = size;
        from = &source;
    }
    const av::PictureFormat format = av::format_of(**from);
    if (!branch.scaler || !branch.scaler->fits(format))
        branch.scaler = TRY(av::Scaler::create(format, setup.width, setup.height));
    av::Frame scaled = TRY(branch.scaler->scale(**from));
    return std::make_shared<const av::Frame>(std::move(scaled));
}

}  // namespace weir::worker
