#include "format/mpd.hpp"

#include "base/escape.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace weir::format::mpd {

namespace {

constexpr std::string_view profiles = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019";

std::string_view escape_of(char32_t code) noexcept {
    switch (code) {
        case '&': return "&amp;";
        case '<': return "&lt;";
        case '>': return "&gt;";
        case '"': return "&quot;";
        default: return {};
    }
}

/// XML 1.0 2.2 has no other control characters, and not the two at the end of a plane.
bool is_character(char32_t code) noexcept {
    return (code >= ' ' || code == '\t' || code == '\n' || code == '\r') && code != 0xfffe && code != 0xffff;
}

void append_escaped(std::string& out, std::string_view text) {
    const std::string valid = base::valid_utf8(text);
    for (std::string_view rest = valid; !rest.empty();) {
        const auto character = base::front_character(rest).value_or(base::Character{U' ', 1});
        const std::string_view escape = escape_of(character.code);
        if (!escape.empty()) out += escape;
        else if (is_character(character.code)) out += rest.substr(0, character.length);
        rest.remove_prefix(character.length);
    }
}

/// xs:language: parts of up to eight letters and digits.
bool is_language(std::string_view text) {
    const auto is_part = [](std::string_view part) {
        const auto is_alphanumeric = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        };
        return !part.empty() && part.size() <= 8 && std::ranges::all_of(part, is_alphanumeric);
    };
    for (std::size_t dash = text.find('-'); dash != std::string_view::npos; dash = text.find('-')) {
        if (!is_part(text.substr(0, dash))) return false;
        text.remove_prefix(dash + 1);
    }
    return is_part(text);
}

/// xs:duration, in seconds with as many decimals as there are.
std::string print(microseconds time) {
    std::string text = fmt::format("PT{}.{:06}", time.count() / 1'000'000, time.count() % 1'000'000);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text + 'S';
}

/// A whole number, or a fraction of two (5.3.7.2): 29.97 is 30000/1001.
std::string print_rate(double rate) {
    const double nominal = std::ceil(rate);
    if (std::abs(rate - nominal) < 0.0005) return fmt::format("{:.0f}", nominal);
    if (std::abs(rate - nominal * 1000 / 1001) < 0.005) return fmt::format("{:.0f}/1001", nominal * 1000);
    return fmt::format("{:.0f}/1000", rate * 1000);
}

/// Elements with their attributes, one a line; those that are open are closed at the end of their scope.
class Writer {
  public:
    class Element {
      public:
        Element(Writer& writer, std::string_view name) : writer_(writer), name_(name) {
            writer_.end_tag(">\n");
            writer_.indent();
            writer_.out_.append("<").append(name);
            writer_.is_in_tag_ = true;
            ++writer_.depth_;
        }
        ~Element() {
            --writer_.depth_;
            if (!writer_.is_in_tag_) {
                writer_.indent();
                writer_.out_.append("</").append(name_).append(">\n");
            }
            writer_.end_tag("/>\n");
        }
        Element(const Element&) = delete;
        Element& operator=(const Element&) = delete;

        Element& text(std::string_view name, std::string_view value) {
            writer_.out_.append(" ").append(name).append("=\"");
            append_escaped(writer_.out_, value);
            writer_.out_ += '"';
            return *this;
        }
        Element& text_if_said(std::string_view name, std::string_view value) {
            return value.empty() ? *this : text(name, value);
        }
        Element& number(std::string_view name, std::uint64_t value) { return text(name, std::to_string(value)); }
        Element& number_if_said(std::string_view name, std::uint64_t value) {
            return value == 0 ? *this : number(name, value);
        }
        Element& duration(std::string_view name, microseconds value) { return text(name, print(value)); }

      private:
        Writer& writer_;
        std::string_view name_;
    };

    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    void end_tag(std::string_view end) {
        if (is_in_tag_) out_ += end;
        is_in_tag_ = false;
    }
    void indent() { out_.append(depth_ * 2, ' '); }

    std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    std::size_t depth_ = 0;
    bool is_in_tag_ = false;
};
using Element = Writer::Element;

void write_descriptor(Writer& writer, std::string_view element, std::string_view scheme, std::string_view value) {
    Element(writer, element).text("schemeIdUri", scheme).text("value", value);
}

void write_segments(Writer& writer, const SegmentTemplate& segments) {
    Element element(writer, "SegmentTemplate");
    element.number("timescale", segments.timescale);
    element.number_if_said("presentationTimeOffset", segments.presentation_time_offset);
    if (segments.availability_time_offset) {
        const double seconds = static_cast<double>(segments.availability_time_offset->count()) / 1000;
        element.text("availabilityTimeOffset", fmt::format("{:.3f}", seconds))
            .text("availabilityTimeComplete", "false");
    }
    element.number("startNumber", segments.start_number);
    element.text("initialization", segments.initialization).text("media", segments.media);
    const Element timeline(writer, "SegmentTimeline");
    std::optional<std::uint64_t> end;
    for (const Run& run : segments.timeline) {
        Element line(writer, "S");
        if (end != run.start) line.number("t", run.start);
        line.number("d", run.duration).number_if_said("r", run.repeat);
        end = run.start + run.duration * (std::uint64_t{run.repeat} + 1);
    }
}

void write_representation(Writer& writer, const Representation& one) {
    Element element(writer, "Representation");
    element.text("id", one.id).number("bandwidth", one.bandwidth).text_if_said("codecs", one.codecs);
    element.number_if_said("width", one.width).number_if_said("height", one.height);
    if (one.frame_rate > 0) element.text("frameRate", print_rate(one.frame_rate));
    element.number_if_said("audioSamplingRate", one.sample_rate);
    if (one.channels != 0)
        write_descriptor(writer, "AudioChannelConfiguration", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011",
                         std::to_string(one.channels));
    write_segments(writer, one.segments);
}

template <typename Value>
Value largest(const AdaptationSet& set, Value Representation::* member) {
    Value most{};
    for (const Representation& one : set.representations) most = std::max(most, one.*member);
    return most;
}

void write_set(Writer& writer, const AdaptationSet& set) {
    Element element(writer, "AdaptationSet");
    element.text("contentType", set.content_type).text("mimeType", set.mime_type);
    if (is_language(set.language)) element.text("lang", set.language);
    element.text("segmentAlignment", "true");
    if (set.is_independent) element.text("startWithSAP", "1");
    element.number_if_said("maxWidth", largest(set, &Representation::width));
    element.number_if_said("maxHeight", largest(set, &Representation::height));
    const double rate = largest(set, &Representation::frame_rate);
    if (rate > 0) element.text("maxFrameRate", print_rate(rate));
    if (!set.role.empty()) write_descriptor(writer, "Role", "urn:mpeg:dash:role:2011", set.role);
    for (const Representation& one : set.representations) write_representation(writer, one);
}

void write_period(Writer& writer, const Period& period) {
    Element element(writer, "Period");
    element.text("id", period.id).duration("start", period.start);
    if (period.duration) element.duration("duration", *period.duration);
    for (const AdaptationSet& set : period.sets) write_set(writer, set);
}

void write_service(Writer& writer, const Service& service) {
    const auto count = [](milliseconds time) { return static_cast<std::uint64_t>(time.count()); };
    Element element(writer, "ServiceDescription");
    element.text("id", "0");
    Element(writer, "Latency")
        .number("target", count(service.target))
        .number("min", count(service.minimum))
        .number("max", count(service.maximum));
    Element(writer, "PlaybackRate")
        .text("min", fmt::format("{:.2f}", service.slowest))
        .text("max", fmt::format("{:.2f}", service.fastest));
}

void write_head(Element& element, const Manifest& manifest) {
    element.text("xmlns", "urn:mpeg:dash:schema:mpd:2011").text("profiles", profiles);
    element.text("type", manifest.is_dynamic ? "dynamic" : "static");
    element.text("availabilityStartTime", write(manifest.availability_start));
    element.text("publishTime", write(manifest.published));
    if (manifest.is_dynamic) {
        element.duration("minimumUpdatePeriod", manifest.minimum_update_period);
        element.duration("timeShiftBufferDepth", manifest.time_shift_buffer);
        element.duration("suggestedPresentationDelay", manifest.suggested_delay);
    }
    if (manifest.duration) element.duration("mediaPresentationDuration", *manifest.duration);
    element.duration("maxSegmentDuration", manifest.longest_segment);
    element.duration("minBufferTime", manifest.minimum_buffer);
}

}  // namespace

std::string write(DateTime time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", whole, (time - whole).count());
}

std::string write(const Manifest& manifest) {
    Writer writer;
    {
        Element element(writer, "MPD");
        write_head(element, manifest);
        if (manifest.service) write_service(writer, *manifest.service);
        for (const Period& period : manifest.periods) write_period(writer, period);
        if (!manifest.clock.empty())
            write_descriptor(writer, "UTCTiming", "urn:mpeg:dash:utc:http-xsdate:2014", manifest.clock);
    }
    return writer.take();
}

}  // namespace weir::format::mpd
