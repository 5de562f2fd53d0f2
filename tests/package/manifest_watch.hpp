// What a strict DASH player would see: it reads every manifest of every index and holds the server to ISO/IEC 23009-1 over time:
// what was said of a period, a rendition or a segment stays true for as long as it is said, and is what the objects are. The
// first broken rule is kept as a sentence. It reads what our writer writes: an element a line.
#pragma once

#include "format/mpd_schema.hpp"
#include "package/dash.hpp"
#include "package/hls.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::package::test {

struct XmlElement {
    std::string name;
    std::map<std::string, std::string, std::less<>> attributes;

    [[nodiscard]] std::string text(std::string_view attribute) const {
        const auto found = attributes.find(attribute);
        return found != attributes.end() ? found->second : "";
    }
    [[nodiscard]] std::int64_t number(std::string_view attribute) const {
        const std::string value = text(attribute);
        return value.empty() ? 0 : std::stoll(value);
    }
    /// xs:duration in seconds.
    [[nodiscard]] double duration(std::string_view attribute) const {
        const std::string value = text(attribute);
        return value.empty() ? -1 : std::stod(value.substr(2));
    }
};

/// Start tags and empty elements, in order.
inline std::vector<XmlElement> read_xml(std::string_view text) {
    std::vector<XmlElement> found;
    while (true) {
        const std::size_t open = text.find('<');
        if (open == std::string_view::npos) return found;
        const std::size_t close = text.find('>', open);
        std::string_view tag = text.substr(open + 1, close - open - 1);
        text.remove_prefix(close + 1);
        if (tag.starts_with('?') || tag.starts_with('/')) continue;
        XmlElement element{.name = std::string(tag.substr(0, tag.find_first_of(" /"))), .attributes = {}};
        for (std::size_t quote = tag.find("=\""); quote != std::string_view::npos; quote = tag.find("=\"")) {
            const std::size_t name = tag.rfind(' ', quote) + 1;
            const std::size_t end = tag.find('"', quote + 2);
            element.attributes[std::string(tag.substr(name, quote - name))] = tag.substr(quote + 2, end - quote - 2);
            tag.remove_prefix(end + 1);
        }
        found.push_back(std::move(element));
    }
}

struct SeenSegment {
    std::uint64_t number = 0;
    std::int64_t start = 0;
    std::int64_t duration = 0;
};
struct SeenRepresentation {
    XmlElement own;
    XmlElement segments;
    std::vector<SeenSegment> timeline;
};
struct SeenPeriod {
    XmlElement own;
    std::vector<XmlElement> sets;
    std::map<std::string, SeenRepresentation, std::less<>> representations;
};
struct SeenManifest {
    XmlElement own;
    std::vector<SeenPeriod> periods;
};

inline void read_run(const XmlElement& run, SeenRepresentation& into) {
    auto& timeline = into.timeline;
    std::int64_t at = timeline.empty() ? 0 : timeline.back().start + timeline.back().duration;
    if (run.attributes.contains("t")) at = run.number("t");
    for (std::int64_t i = 0; i <= run.number("r"); ++i, at += run.number("d"))
        timeline.push_back({.number = static_cast<std::uint64_t>(into.segments.number("startNumber")) + timeline.size(),
                            .start = at,
                            .duration = run.number("d")});
}

inline SeenManifest read_manifest(std::string_view text) {
    SeenManifest manifest;
    SeenRepresentation* last = nullptr;
    for (XmlElement& element : read_xml(text)) {
        if (element.name == "MPD") manifest.own = std::move(element);
        else if (element.name == "Period") manifest.periods.push_back({.own = std::move(element)});
        else if (element.name == "AdaptationSet") manifest.periods.back().sets.push_back(std::move(element));
        else if (element.name == "Representation") {
            last = &manifest.periods.back().representations[element.text("id")];
            last->own = std::move(element);
        } else if (element.name == "SegmentTemplate") last->segments = std::move(element);
        else if (element.name == "S") read_run(element, *last);
    }
    return manifest;
}

class ManifestWatch {
  public:
    void look(const stream::SegmentIndexRef& index) {
        if (index == nullptr || index == seen_) return;
        seen_ = index;
        const std::string text = dash::manifest(*index);
        const std::string fault = format::mpd::test::SchemaCheck::fault(text);
        rule(fault.empty(), fault);
        newest = read_manifest(text);
        const std::string published = newest.own.text("publishTime");
        rule(published >= published_, "publishTime went back");
        published_ = published;
        double end = 0;
        for (const SeenPeriod& period : newest.periods) {
            look_at(*index, period);
            rule(period.own.duration("start") >= end - most_overlap, "periods overlap");
            end = period.own.duration("start") + std::max(0.0, period.own.duration("duration"));
        }
        rule(index->ended == newest.own.attributes.contains("mediaPresentationDuration"),
             "it is said where it ends, or not");
        // dash.js takes the sum of them for the whole, where each has one.
        rule(newest.periods.empty() || !newest.periods.back().own.attributes.contains("duration"),
             "the last period has a duration");
    }
    [[nodiscard]] const std::string& broken() const noexcept { return broken_; }

    SeenManifest newest;
    std::size_t foretold = 0;          ///< segments that were listed while they were being made
    std::size_t foretold_wrongly = 0;  ///< and came to be of another length

  private:
    static constexpr double most_overlap = 0.26;

    void rule(bool holds, std::string_view what) {
        if (!holds && broken_.empty()) broken_ = what;
    }

    void look_at(const stream::SegmentIndex& index, const SeenPeriod& period) {
        const std::string id = period.own.text("id");
        rule(same(id, "start", period.own.text("start")), "a period moved");
        std::string members;
        for (const auto& [name, one] : period.representations) {
            members += name + ' ';
            rule(same(id + name, "offset", one.segments.text("presentationTimeOffset")), "an offset changed");
            rule(same(id + name, "init", one.segments.text("initialization")), "a header changed within a period");
            look_at(index, period, one);
        }
        rule(same(id, "members", members), "a rendition came or went within a period");
    }

    void look_at(const stream::SegmentIndex& index, const SeenPeriod& period, const SeenRepresentation& one) {
        const std::string name = one.own.text("id");
        const stream::SegmentList* list = index.find(name);
        rule(list != nullptr, "a representation is not there");
        if (list == nullptr) return;
        const std::string init = one.segments.text("initialization").substr(name.size() + 1);
        rule(hls::find_init(*list, hls::parse_init_address(init).value_or("")) != nullptr, "a header is not there");
        rule(one.segments.text("media") == fmt::format("{}/{}-$Number$.m4s", name, index.epoch), "an odd address");
        const std::int64_t scale = one.segments.number("timescale");
        const std::int64_t offset = one.segments.number("presentationTimeOffset");
        std::int64_t end = one.timeline.empty() ? 0 : one.timeline.front().start;
        for (const SeenSegment& seen : one.timeline) {
            if (list->open != nullptr && list->open->sequence == seen.number) {
                look_at_open(*list, seen, scale, seen.start == end);
                return;
            }
            const stream::SegmentRef segment = hls::find_segment(index, *list, {index.epoch, seen.number});
            rule(segment != nullptr, "a listed segment is not there");
            rule(static_cast<double>(seen.duration) / static_cast<double>(scale) <=
                     newest.own.duration("maxSegmentDuration") + 0.001,
                 "a segment is longer than any is said to be");
            if (segment == nullptr) return;
            rule(seen.start == segment->start.to(scale), "a segment starts at another time than its media");
            rule(seen.start == end, "segments do not meet");
            end = seen.start + seen.duration;
            const auto was_foretold = foretold_.find(fmt::format("{} {}", name, seen.number));
            if (was_foretold != foretold_.end()) {
                foretold_wrongly += was_foretold->second == end ? 0 : 1;
                foretold_.erase(was_foretold);
            }
            const std::int64_t media_end = (segment->start + segment->duration).to(scale);
            const auto presented = [&](std::int64_t units) {
                return period.own.duration("start") + static_cast<double>(units - offset) / static_cast<double>(scale);
            };
            const bool is_last = index.ended && seen.number == list->listed.back()->sequence;
            const double beyond = presented(end) - newest.own.duration("mediaPresentationDuration");
            rule(end == media_end || (is_last && end > media_end && std::abs(beyond) < 5e-5),
                 "a segment ends at another time than its media");
            const double at = presented(seen.start);
            const double wall = std::chrono::duration<double>(segment->wall.time_since_epoch()).count();
            rule(std::abs(at - wall) < most_overlap, "a segment is presented at another time of day");
        }
    }

    void look_at_open(const stream::SegmentList& list, const SeenSegment& seen, std::int64_t scale, bool meets) {
        const stream::Segment& open = *list.open;
        const std::int64_t end = seen.start + seen.duration;
        rule(meets && seen.start == open.start.to(scale), "an open segment starts at another time than its media");
        rule(end >= (open.start + open.duration).to(scale), "an open segment is said to end before its media");
        if (foretold_.insert_or_assign(fmt::format("{} {}", list.name, seen.number), end).second) ++foretold;
    }

    /// Whether `value` is what it was the first time.
    bool same(const std::string& whose, std::string_view what, const std::string& value) {
        return said_.try_emplace(fmt::format("{} {}", whose, what), value).first->second == value;
    }

    stream::SegmentIndexRef seen_;
    std::string published_;
    std::map<std::string, std::string> said_;
    std::map<std::string, std::int64_t> foretold_;  ///< ends of segments that are being made, by rendition and number
    std::string broken_;
};

}  // namespace weir::package::test
