#include "checker/playlist.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace weir::checker {

namespace {

class Reader {
  public:
    explicit Reader(Findings& findings) : findings_(findings) {}

    Playlist read(std::string_view text) {
        findings_.require(text.starts_with("#EXTM3U\n"), Rule::first_line, "it begins otherwise");
        findings_.require(text.ends_with('\n'), Rule::well_formed, "its last line does not end");
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        finish();
        return std::move(made_);
    }

  private:
    using Handler = void (Reader::*)(std::string_view value);
    enum class Takes : std::uint8_t { nothing, value };
    enum class Times : std::uint8_t { once, often };
    struct Tag {
        std::string_view name;
        Takes takes;
        Times times;
        std::uint64_t version;  ///< RFC 8216bis 8
        Handler handle;
    };

    static const std::array<Tag, 19>& tags();

    void line(std::string_view line) {
        if (line.empty() || line == "#EXTM3U") return;
        if (!line.starts_with('#')) return uri(line);
        if (!line.starts_with("#EXT")) return;
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        const auto& known = tags();
        const auto tag = std::ranges::find(known, name, &Tag::name);
        if (tag == known.end()) {
            const bool is_multivariant = name == "#EXT-X-STREAM-INF" || name == "#EXT-X-MEDIA" ||
                                         name == "#EXT-X-I-FRAME-STREAM-INF" || name == "#EXT-X-SESSION-DATA";
            findings_.require(!is_multivariant, Rule::kind_of_tag, "{} in a media playlist", name);
            return findings_.require(is_multivariant, Rule::well_formed, "the tag {} is unknown", name);
        }
        const auto index = static_cast<std::size_t>(tag - known.begin());
        if (tag->times == Times::once)
            findings_.require(!std::exchange(seen_[index], true), Rule::tag_once, "{} again", name);
        const bool has_value = colon != std::string_view::npos;
        findings_.require(has_value == (tag->takes == Takes::value), Rule::well_formed, "{}", line);
        needed_ = std::max(needed_, tag->version);
        line_ = line;
        (this->*tag->handle)(has_value ? line.substr(colon + 1) : std::string_view());
    }

    template <typename Value>
    Value need(const std::optional<Value>& value) {
        findings_.require(value.has_value(), Rule::well_formed, "{}", line_);
        return value.value_or(Value());
    }
    Attributes attributes(std::string_view value) { return need(Attributes::parse(value)); }
    std::string text(std::optional<std::string_view> value) { return std::string(need(value)); }

    // Tags of the playlist.
    void version(std::string_view value) { made_.version = need(parse_integer(value)); }
    void independent_segments(std::string_view) { made_.independent_segments = true; }
    void target(std::string_view value) { made_.target = std::chrono::seconds(need(parse_integer(value))); }
    void sequence(std::string_view value) {
        made_.sequence = next_ = need(parse_integer(value));
        findings_.require(!has_begun_, Rule::numbers_first, "EXT-X-MEDIA-SEQUENCE behind a segment");
        has_sequence_ = true;
    }
    void discontinuity_sequence(std::string_view value) {
        made_.discontinuity_sequence = next_discontinuity_ = need(parse_integer(value));
        findings_.require(!has_begun_, Rule::numbers_first, "EXT-X-DISCONTINUITY-SEQUENCE behind a segment");
        has_discontinuity_sequence_ = true;
    }
    void part_inf(std::string_view value) { made_.part_target = need(attributes(value).seconds("PART-TARGET")); }
    void control(std::string_view value) {
        const Attributes list = attributes(value);
        made_.control = Control{.can_skip_until = list.seconds("CAN-SKIP-UNTIL"),
                                .hold_back = list.seconds("HOLD-BACK"),
                                .part_hold_back = list.seconds("PART-HOLD-BACK"),
                                .can_block_reload = list.is_yes("CAN-BLOCK-RELOAD")};
    }
    void type(std::string_view) { findings_.require(false, Rule::live_type, "EXT-X-PLAYLIST-TYPE is there"); }
    void end(std::string_view) { made_.ended = true; }
    void skip(std::string_view value) {
        made_.skipped = need(attributes(value).integer("SKIPPED-SEGMENTS"));
        findings_.require(!has_begun_, Rule::delta_reach, "EXT-X-SKIP behind a segment");
        next_ += *made_.skipped;
    }
    void hint(std::string_view value) {
        const Attributes list = attributes(value);
        made_.hints.push_back({.type = text(list.bare("TYPE")), .uri = text(list.quoted("URI"))});
    }
    void report(std::string_view value) {
        const Attributes list = attributes(value);
        made_.reports.push_back(
            {.uri = text(list.quoted("URI")), .sequence = list.integer("LAST-MSN"), .part = list.integer("LAST-PART")});
    }
    void start(std::string_view value) { (void)attributes(value); }

    // Tags of a segment.
    Segment& open() {
        has_begun_ = is_open_ = true;
        return segment_;
    }
    void before_parts() {
        findings_.require(open().parts.empty(), Rule::tags_before_parts, "{} behind a part of segment {}", line_,
                          next_);
    }
    void discontinuity(std::string_view) {
        before_parts();
        segment_.discontinuity = true;
        ++next_discontinuity_;
    }
    void map(std::string_view value) {
        before_parts();
        map_ = text(attributes(value).quoted("URI"));
    }
    void date(std::string_view value) {
        before_parts();
        segment_.date = need(parse_date(value));
    }
    void gap(std::string_view) { open().gap = true; }
    void part(std::string_view value) {
        const Attributes list = attributes(value);
        open().parts.push_back({.uri = text(list.quoted("URI")),
                                .duration = need(list.seconds("DURATION")),
                                .independent = list.is_yes("INDEPENDENT"),
                                .gap = list.is_yes("GAP")});
    }
    void inf(std::string_view value) {
        const std::string_view digits = value.substr(0, value.find(','));
        findings_.require(value.size() > digits.size(), Rule::well_formed, "{}", line_);
        open().duration = need(parse_seconds(digits));
        if (digits.find('.') != std::string_view::npos) needed_ = std::max<std::uint64_t>(needed_, 3);
        has_inf_ = true;
    }
    void uri(std::string_view uri) {
        open().uri = uri;
        findings_.require(std::exchange(has_inf_, false), Rule::well_formed, "{} without EXTINF", uri);
        close();
    }
    void close() {
        segment_.sequence = next_++;
        segment_.discontinuity_sequence = next_discontinuity_;
        segment_.map = map_;
        made_.segments.push_back(std::exchange(segment_, {}));
        is_open_ = false;
    }

    void finish() {
        findings_.require(!has_inf_, Rule::well_formed, "EXTINF without a URI");
        if (is_open_) close();
        findings_.require(made_.target >= std::chrono::seconds(1), Rule::segment_longest,
                          "there is no EXT-X-TARGETDURATION");
        findings_.require(made_.version >= needed_, Rule::version, "EXT-X-VERSION {} where {} is needed", made_.version,
                          needed_);
        const bool breaks = std::ranges::any_of(made_.segments, &Segment::discontinuity);
        findings_.require(has_sequence_, Rule::numbers_given, "there is no EXT-X-MEDIA-SEQUENCE");
        findings_.require(has_discontinuity_sequence_ || !breaks, Rule::numbers_given,
                          "there is no EXT-X-DISCONTINUITY-SEQUENCE");
    }

    Findings& findings_;
    Playlist made_;
    std::array<bool, 19> seen_{};
    std::uint64_t needed_ = 1;
    std::string_view line_;
    Segment segment_;
    std::string map_;
    bool is_open_ = false;
    bool has_begun_ = false;
    bool has_inf_ = false;
    bool has_sequence_ = false;
    bool has_discontinuity_sequence_ = false;
    std::uint64_t next_ = 0;
    std::uint64_t next_discontinuity_ = 0;
};

const std::array<Reader::Tag, 19>& Reader::tags() {
    using enum Takes;
    using enum Times;
    static constexpr std::array<Tag, 19> table{{
        {"#EXT-X-PART", value, often, 1, &Reader::part},
        {"#EXTINF", value, often, 1, &Reader::inf},
        {"#EXT-X-PROGRAM-DATE-TIME", value, often, 1, &Reader::date},
        {"#EXT-X-MAP", value, often, 6, &Reader::map},
        {"#EXT-X-GAP", nothing, often, 1, &Reader::gap},
        {"#EXT-X-DISCONTINUITY", nothing, often, 1, &Reader::discontinuity},
        {"#EXT-X-RENDITION-REPORT", value, often, 1, &Reader::report},
        {"#EXT-X-PRELOAD-HINT", value, often, 1, &Reader::hint},
        {"#EXT-X-VERSION", value, once, 1, &Reader::version},
        {"#EXT-X-INDEPENDENT-SEGMENTS", nothing, once, 1, &Reader::independent_segments},
        {"#EXT-X-TARGETDURATION", value, once, 1, &Reader::target},
        {"#EXT-X-MEDIA-SEQUENCE", value, once, 1, &Reader::sequence},
        {"#EXT-X-DISCONTINUITY-SEQUENCE", value, once, 1, &Reader::discontinuity_sequence},
        {"#EXT-X-PART-INF", value, once, 1, &Reader::part_inf},
        {"#EXT-X-SERVER-CONTROL", value, once, 1, &Reader::control},
        {"#EXT-X-SKIP", value, once, 9, &Reader::skip},
        {"#EXT-X-PLAYLIST-TYPE", value, once, 1, &Reader::type},
        {"#EXT-X-ENDLIST", nothing, once, 1, &Reader::end},
        {"#EXT-X-START", value, once, 1, &Reader::start},
    }};
    return table;
}

}  // namespace

bool Segment::begins_source() const { return discontinuity || uri == fmt::format("{0}-{0}.m4s", sequence); }

Time Segment::length() const noexcept {
    if (is_complete()) return duration;
    Time sum{};
    for (const Part& part : parts) sum += part.duration;
    return sum;
}

std::optional<Position> Playlist::last() const noexcept {
    for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
        if (!segment->parts.empty()) return Position{segment->sequence, segment->parts.size() - 1};
        if (segment->is_complete()) return Position{segment->sequence, std::nullopt};
    }
    return std::nullopt;
}

Time Playlist::length() const noexcept {
    Time sum{};
    for (const Segment& segment : segments) sum += segment.length();
    return sum;
}

Time Playlist::duration() const noexcept {
    const bool is_open = !segments.empty() && !segments.back().is_complete();
    return is_open ? length() - segments.back().length() : length();
}

std::uint64_t Playlist::next_complete() const noexcept {
    if (segments.empty()) return sequence;
    return segments.back().sequence + (segments.back().is_complete() ? 1 : 0);
}

const Segment* Playlist::find(std::uint64_t number) const noexcept {
    if (segments.empty() || number < segments.front().sequence) return nullptr;
    const std::uint64_t index = number - segments.front().sequence;
    return index < segments.size() ? &segments[index] : nullptr;
}

Playlist read_playlist(std::string_view text, Findings& findings) { return Reader(findings).read(text); }

}  // namespace weir::checker
