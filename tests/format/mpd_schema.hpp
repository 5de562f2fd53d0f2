// What the schema of the MPD (ISO/IEC 23009-1, DASH-MPD.xsd) allows of what our writer writes: which elements, in which order and how
// often, with which attributes of which types. An element or attribute that is not in the table is a fault, so that what the writer
// comes to write is looked up first. The schema itself comes with no package, and may not be copied. Below the table: what the
// clauses ask beyond it. It reads what the writer writes: no comments, no text, attributes in double quotes.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::format::mpd::test {

namespace types {

inline bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}
/// Reads digits off the front; false where there are none.
inline bool skip_digits(std::string_view& text) {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count > 0;
}
inline bool is_at_most(std::string_view text, std::string_view most) {
    return is_digits(text) && (text.size() < most.size() || (text.size() == most.size() && text <= most));
}
inline bool unsigned_int(std::string_view text) { return is_at_most(text, "4294967295"); }
inline bool unsigned_long(std::string_view text) { return is_at_most(text, "18446744073709551615"); }
inline bool decimal(std::string_view text) {
    if (!skip_digits(text)) return false;
    return text.empty() || (text.front() == '.' && is_digits(text.substr(1)));
}
/// Of seconds alone, as the writer has them.
inline bool duration(std::string_view text) {
    return text.starts_with("PT") && text.ends_with('S') && decimal(text.substr(2, text.size() - 3));
}
inline bool date_time(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    return text.size() == form.size() && std::ranges::equal(text, form, [](char c, char wanted) {
               return wanted == '0' ? is_digits({&c, 1}) : c == wanted;
           });
}
inline bool boolean(std::string_view text) { return text == "true" || text == "false"; }
inline bool sap(std::string_view text) { return text.size() == 1 && text >= "0" && text <= "6"; }
inline bool presentation(std::string_view text) { return text == "static" || text == "dynamic"; }
inline bool content(std::string_view text) { return text == "video" || text == "audio"; }
inline bool any(std::string_view) { return true; }
inline bool uri(std::string_view text) { return !text.empty() && text.find_first_of(" \"<>\\^`{|}") == text.npos; }
inline bool no_whitespace(std::string_view text) { return text.find_first_of(" \t\r\n") == text.npos; }
/// FrameRateType: a whole number, or a fraction of two.
inline bool frame_rate(std::string_view text) {
    if (!skip_digits(text)) return false;
    return text.empty() || (text.starts_with('/') && text.substr(1, 1) != "0" && is_digits(text.substr(1)));
}
/// xs:language.
inline bool language(std::string_view text) {
    while (true) {
        const std::size_t length = std::min(text.find('-'), text.size());
        const bool is_part = std::ranges::all_of(
            text.substr(0, length), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
        if (length < 1 || length > 8 || !is_part) return false;
        if (length == text.size()) return true;
        text.remove_prefix(length + 1);
    }
}

}  // namespace types

struct AttributeRule {
    std::string_view name;
    bool (*is_valid)(std::string_view);
    bool is_required = false;
};
struct ChildRule {
    std::string_view name;
    std::size_t least = 0;
    std::size_t most = std::numeric_limits<std::size_t>::max();
};
struct ElementRule {
    std::string_view name;
    std::vector<AttributeRule> attributes;
    std::vector<ChildRule> children;  ///< in this order
};

inline const std::vector<ElementRule>& element_rules() {
    using namespace types;
    static const std::vector<AttributeRule> descriptor{{"schemeIdUri", uri, true}, {"value", any}, {"id", any}};
    static const std::vector<ElementRule> rules{
        {"MPD",  // 5.3.1
         {{"xmlns", uri, true},
          {"profiles", no_whitespace, true},
          {"type", presentation},
          {"availabilityStartTime", date_time},
          {"publishTime", date_time},
          {"mediaPresentationDuration", duration},
          {"minimumUpdatePeriod", duration},
          {"minBufferTime", duration, true},
          {"timeShiftBufferDepth", duration},
          {"suggestedPresentationDelay", duration},
          {"maxSegmentDuration", duration}},
         {{"ServiceDescription"}, {"Period", 1}, {"UTCTiming"}}},
        {"ServiceDescription", {{"id", unsigned_int}}, {{"Latency"}, {"PlaybackRate"}}},              // K.4.2
        {"Latency", {{"target", unsigned_int}, {"max", unsigned_int}, {"min", unsigned_int}}, {}},    // K.3.2
        {"PlaybackRate", {{"max", decimal}, {"min", decimal}}, {}},                                   // K.3.3
        {"Period", {{"id", any}, {"start", duration}, {"duration", duration}}, {{"AdaptationSet"}}},  // 5.3.2
        {"AdaptationSet",                                                                             // 5.3.3, 5.3.7
         {{"contentType", content},
          {"mimeType", no_whitespace, true},
          {"lang", language},
          {"segmentAlignment", boolean},
          {"startWithSAP", sap},
          {"maxWidth", unsigned_int},
          {"maxHeight", unsigned_int},
          {"maxFrameRate", frame_rate}},
         {{"Role"}, {"Representation", 1}}},
        {"Representation",  // 5.3.5, 5.3.7
         {{"id", no_whitespace, true},
          {"bandwidth", unsigned_int, true},
          {"codecs", no_whitespace},
          {"width", unsigned_int},
          {"height", unsigned_int},
          {"frameRate", frame_rate},
          {"audioSamplingRate", unsigned_int}},
         {{"AudioChannelConfiguration"}, {"SegmentTemplate", 1, 1}}},
        {"SegmentTemplate",  // 5.3.9.2, 5.3.9.4
         {{"timescale", unsigned_int},
          {"presentationTimeOffset", unsigned_long},
          {"availabilityTimeOffset", decimal},
          {"availabilityTimeComplete", boolean},
          {"startNumber", unsigned_int},
          {"initialization", uri},
          {"media", uri}},
         {{"SegmentTimeline", 0, 1}}},
        {"SegmentTimeline", {}, {{"S"}}},                                                 // 5.3.9.6
        {"S", {{"t", unsigned_long}, {"d", unsigned_long, true}, {"r", is_digits}}, {}},  // r is never negative here
        {"Role", descriptor, {}},                                                         // 5.8.2
        {"AudioChannelConfiguration", descriptor, {}},
        {"UTCTiming", descriptor, {}},
    };
    return rules;
}

/// The first rule that a manifest breaks, as a sentence; empty: none.
class SchemaCheck {
  public:
    [[nodiscard]] static std::string fault(std::string_view text) {
        SchemaCheck check;
        check.read(text);
        return check.fault_;
    }

  private:
    using Attributes = std::map<std::string_view, std::string_view>;
    struct Open {
        const ElementRule* rule;
        std::size_t place = 0;  ///< in the order of children
        std::size_t count = 0;  ///< of those at that place
    };

    void read(std::string_view text) {
        constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        if (!text.starts_with(declaration)) return blame("the XML declaration");
        text.remove_prefix(declaration.size());
        while (fault_.empty()) {
            const std::size_t begin = text.find('<');
            if (begin == text.npos) break;
            const std::size_t end = text.find('>', begin);
            if (end == text.npos) return blame("an open tag");
            read_tag(text.substr(begin + 1, end - begin - 1));
            text.remove_prefix(end + 1);
        }
        if (!open_.empty()) blame("an element is not closed");
    }

    void read_tag(std::string_view tag) {
        if (tag.starts_with('/')) return close(tag.substr(1));
        const bool is_empty = tag.ends_with('/');
        if (is_empty) tag.remove_suffix(1);
        const std::string_view name = tag.substr(0, tag.find(' '));
        enter(name, attributes_of(tag.substr(name.size())));
        if (is_empty && fault_.empty()) close(name);
    }

    Attributes attributes_of(std::string_view text) {
        Attributes attributes;
        while (!text.empty()) {
            const std::size_t quote = text.find("=\"");
            const std::size_t end = quote == text.npos ? text.npos : text.find('"', quote + 2);
            if (text.front() != ' ' || end == text.npos) {
                blame("attributes");
                return attributes;
            }
            const std::string_view name = text.substr(1, quote - 1);
            if (!attributes.try_emplace(name, text.substr(quote + 2, end - quote - 2)).second) blame(name, "twice");
            text.remove_prefix(end + 1);
        }
        return attributes;
    }

    void enter(std::string_view name, const Attributes& attributes) {
        const auto rule = std::ranges::find(element_rules(), name, &ElementRule::name);
        if (rule == element_rules().end()) return blame(name, "is no element of the table");
        if (open_.empty() && name != "MPD") return blame(name, "is the root");
        if (!open_.empty()) place(open_.back(), name);
        check_attributes(*rule, attributes);
        check_clauses(name, attributes);
        open_.push_back({.rule = &*rule});
    }

    void place(Open& parent, std::string_view name) {
        const auto& children = parent.rule->children;
        while (parent.place < children.size() && children[parent.place].name != name) pass(parent);
        if (parent.place == children.size()) return blame(name, "is there, or not in that order");
        if (++parent.count > children[parent.place].most) blame(name, "is there too often");
    }
    void pass(Open& parent) {
        const ChildRule& child = parent.rule->children[parent.place++];
        if (parent.count < child.least) blame(child.name, "is missing");
        parent.count = 0;
    }

    void check_attributes(const ElementRule& rule, const Attributes& attributes) {
        for (const auto& [name, value] : attributes) {
            const auto known = std::ranges::find(rule.attributes, name, &AttributeRule::name);
            if (known == rule.attributes.end()) return blame(name, "is no attribute of the table");
            if (!known->is_valid(value)) return blame(name, "is of another type: " + std::string(value));
        }
        for (const AttributeRule& one : rule.attributes)
            if (one.is_required && !attributes.contains(one.name)) blame(one.name, "is missing");
    }

    /// What the text of the clauses asks and the schema cannot.
    void check_clauses(std::string_view name, const Attributes& attributes) {
        const auto has = [&](std::string_view attribute) { return attributes.contains(attribute); };
        if (name == "MPD") {
            is_dynamic_ = has("type") && attributes.at("type") == "dynamic";
            has_end_ = has("mediaPresentationDuration") || has("minimumUpdatePeriod");
            if (is_dynamic_ && !(has("availabilityStartTime") && has("publishTime")))
                blame(name, "is dynamic, and does not say since when and of when (5.3.1.2)");
            for (const std::string_view live : {"minimumUpdatePeriod", "timeShiftBufferDepth"})
                if (!is_dynamic_ && has(live)) blame(live, "is of a dynamic MPD (5.3.1.2)");
        } else if (name == "Period") {
            ids_.clear();
            last_has_end_ = has("duration");
            if (!has("id") && is_dynamic_) blame(name, "has no id in a dynamic MPD (5.3.2.2)");
        } else if (name == "Representation" && has("id") && !ids_.insert(attributes.at("id")).second) {
            blame(name, "has the id of another in its Period (5.3.5.2)");
        }
    }

    void close(std::string_view name) {
        if (open_.empty() || open_.back().rule->name != name) return blame(name, "ends what is not open");
        while (open_.back().place < open_.back().rule->children.size()) pass(open_.back());
        open_.pop_back();
        if (name == "MPD" && !has_end_ && !last_has_end_) blame(name, "does not say where it ends (5.3.1.2)");
    }

    void blame(std::string_view what, std::string_view how = "is not well formed") {
        if (fault_.empty()) fault_ = std::string(what) + ' ' + std::string(how);
    }

    std::vector<Open> open_;
    std::set<std::string_view> ids_;
    bool is_dynamic_ = false;
    bool has_end_ = false;
    bool last_has_end_ = false;
    std::string fault_;
};

}  // namespace weir::format::mpd::test
