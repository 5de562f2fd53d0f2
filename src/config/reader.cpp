#include "config/reader.hpp"

#include "base/escape.hpp"
#include "base/stream_id.hpp"
#include "config/streams.hpp"

#include <fmt/format.h>

#include <iterator>

namespace weir::config {

namespace {

constexpr std::size_t most_problems = 100;  ///< further ones are not told

std::string_view describe(DocumentNode::Kind kind) {
    switch (kind) {
        case DocumentNode::Kind::nothing: return "nothing";
        case DocumentNode::Kind::text: return "one value";
        case DocumentNode::Kind::list: return "a list";
        case DocumentNode::Kind::mapping: return "a mapping";
    }
    return "nothing";
}

/// `a, b` as a list of texts: what a variable or a flag may say in place of `[a, b]`.
DocumentNode comma_separated(const DocumentNode& written) {
    DocumentNode list{.kind = DocumentNode::Kind::list, .place = written.place};
    for (std::string_view rest = written.text; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        while (word.starts_with(' ')) {
            word.remove_prefix(1);
        }
        while (word.ends_with(' ')) {
            word.remove_suffix(1);
        }
        list.items.push_back({.kind = DocumentNode::Kind::text, .place = written.place, .text = std::string(word)});
    }
    return list;
}

/// Whether a rule may be called so: a stream, or a pattern of streams.
base::Result<void> check_pattern(std::string_view pattern) {
    std::string example(pattern);
    std::ranges::replace(example, '*', 'x');
    if (pattern.contains('*') && !pattern.contains('/')) {
        return base::check_name(example);
    }
    (void)TRY(base::parse_stream_id(example));
    return {};
}

constexpr std::size_t most_rungs = 15;  ///< of a ladder: a worker makes no more, with the sound
constexpr std::string_view presets[] = {"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                        "medium",    "slow",      "slower",   "veryslow", "placebo"};
constexpr std::string_view profiles[] = {"baseline", "main", "high"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

/// What is wrong first with a rung that `node` wrote, below those `before` it.
std::optional<Complaint> check_rung(const DocumentNode& node, const Rung& rung, const Ladder& before) {
    const auto lacks = [&](std::string_view key) { return find(node, key) == nullptr; };
    const std::string name = quoted(rung.name);
    if (const auto good = base::check_rung_name(rung.name); !good) {
        return Complaint{"the name of a rung: " + std::string(good.error().text), "write it as in name: 720p"};
    }
    if (std::ranges::find(before, rung.name, &Rung::name) != before.end()) {
        return Complaint{"there are two rungs " + name, "give each its own name"};
    }
    if (lacks("height")) {
        return Complaint{name + " has no height", "write it as in height: 720"};
    }
    if (lacks("bitrate") && lacks("crf")) {
        return Complaint{name + " has no bitrate", "write it as in bitrate: 2500k"};
    }
    if (rung.maximum_bitrate != base::BitRate() && rung.maximum_bitrate < rung.bitrate) {
        return Complaint{name + " has a maximum_bitrate below its bitrate",
                         "write at least " + print_value(rung.bitrate)};
    }
    if (!is_one_of(rung.preset, presets)) {
        return Complaint{name + ": there is no preset " + quoted(rung.preset), suggest(rung.preset, presets)};
    }
    if (!rung.profile.empty() && !is_one_of(rung.profile, profiles)) {
        return Complaint{name + ": there is no profile " + quoted(rung.profile), suggest(rung.profile, profiles)};
    }
    return std::nullopt;
}

}  // namespace

std::string Problem::text() const {
    std::string joined = source;
    if (line > 0) {
        joined += fmt::format("{}{}:{}", joined.empty() ? "" : ":", line, column);
    }
    for (const std::string& part : {key, what}) {
        joined += (joined.empty() || part.empty() ? "" : ": ") + part;
    }
    // Names of files and of keys, and yaml-cpp's own words, may hold anything.
    std::string out;
    base::append_unquoted(out, mend.empty() ? joined : joined + "; " + mend);
    return out;
}

const DocumentNode* find(const DocumentNode& mapping, std::string_view key) noexcept {
    const auto found = std::ranges::find(mapping.items, key, &DocumentNode::key);
    return found == mapping.items.end() ? nullptr : &*found;
}

DocumentNode joined(const DocumentNode& list) {
    DocumentNode text{.kind = DocumentNode::Kind::text, .place = list.place};
    for (const DocumentNode& item : list.items) {
        if (item.kind != DocumentNode::Kind::text) {
            return {.kind = DocumentNode::Kind::mapping, .place = item.place};
        }
        text.text += (text.text.empty() ? "" : " ") + item.text;
    }
    return text;
}

std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

void Reader::complain(Place place, std::string key, Complaint complaint) {
    if (problems_.size() < most_problems) {
        problems_.push_back({.source = source_,
                             .line = place.line,
                             .column = place.column,
                             .key = std::move(key),
                             .what = std::move(complaint.what),
                             .mend = std::move(complaint.mend),
                             .unknown = std::move(complaint.unknown)});
    }
}

const DocumentNode* Reader::open(const DocumentNode& node, DocumentNode::Kind kind, const std::string& path) {
    if (node.kind == kind || node.kind == DocumentNode::Kind::nothing) {
        return &node;
    }
    if (node.from_command) {
        if (kind == DocumentNode::Kind::list && !node.text.starts_with('[')) {
            return opened_.emplace_back(std::make_unique<DocumentNode>(comma_separated(node))).get();
        }
        auto inner = parse_document(node.text);
        if (inner && inner->kind == kind) {
            return opened_.emplace_back(std::make_unique<DocumentNode>(std::move(*inner))).get();
        }
    }
    complain(node.place, path,
             {.what = fmt::format("is {}, and {} is due", describe(node.kind), describe(kind)),
              .mend = kind == DocumentNode::Kind::list ? "write [a, b]"
                                                       : "write { key: value }, or the keys below it, indented"});
    return nullptr;
}

void Reader::check_keys(const DocumentNode& mapping, const std::string& path, std::span<const std::string_view> names) {
    check_repeated(mapping, path);
    for (const DocumentNode& item : mapping.items) {
        if (std::ranges::find(names, item.key) == names.end()) {
            complain(
                item.key_place, path,
                {.what = "there is no key " + quoted(item.key), .mend = suggest(item.key, names), .unknown = item.key});
        }
    }
}

void Reader::check_repeated(const DocumentNode& mapping, const std::string& path) {
    std::map<std::string_view, const DocumentNode*> seen;
    for (const DocumentNode& item : mapping.items) {
        const auto [first, is_new] = seen.emplace(item.key, &item);
        if (!is_new) {
            complain(item.key_place, path,
                     {.what = fmt::format("the key {} is there twice", quoted(item.key)),
                      .mend = fmt::format("keep one; the first is in line {}", first->second->key_place.line)});
        }
    }
}

void Reader::read_value(const DocumentNode& node, const std::string& path, std::vector<std::string>& list) {
    const DocumentNode* written_list = open(node, DocumentNode::Kind::list, path);
    if (written_list == nullptr) {
        return;
    }
    std::vector<std::string> read;
    for (const DocumentNode& item : written_list->items) {
        const Parsed<std::string> text = item.kind == DocumentNode::Kind::text
                                             ? parse_value<std::string>(item.text)
                                             : std::unexpected("is not a text; write a list of texts, as in [a, b]");
        if (!text) {
            complain(item.place, path, complaint_of(text.error()));
        } else {
            read.push_back(*text);
        }
    }
    list = std::move(read);
}

void Reader::read_value(const DocumentNode& node, const std::string& path, std::vector<Hook>& hooks) {
    const DocumentNode* list = open(node, DocumentNode::Kind::list, path);
    if (list == nullptr) {
        return;
    }
    hooks.clear();
    for (const DocumentNode& item : list->items) {
        read_fields(item, path, hooks.emplace_back());
    }
}

void Reader::read_value(const DocumentNode& node, const std::string& path, std::map<std::string, Ladder>& ladders) {
    const DocumentNode* mapping = open(node, DocumentNode::Kind::mapping, path);
    if (mapping == nullptr) {
        return;
    }
    check_repeated(*mapping, path);
    for (const DocumentNode& item : mapping->items) {
        const auto good = base::check_name(item.key);
        if (!good || item.key == "none") {
            complain(item.key_place, join(path, item.key),
                     {.what = good ? "`none` is the ladder without rungs" : std::string(good.error().text),
                      .mend = "choose another name"});
        } else {
            read_ladder(item, join(path, item.key), ladders[item.key]);
        }
    }
}

void Reader::read_ladder(const DocumentNode& node, const std::string& path, Ladder& ladder) {
    const DocumentNode* list = open(node, DocumentNode::Kind::list, path);
    if (list == nullptr) {
        return;
    }
    ladder.clear();
    for (const DocumentNode& item : list->items) {
        if (ladder.size() == most_rungs) {
            complain(item.place, path,
                     {.what = fmt::format("there are more than {} rungs", most_rungs), .mend = "leave some out"});
            return;
        }
        Rung rung;
        read_fields(item, path, rung);
        if (auto complaint = check_rung(item, rung, ladder)) {
            complain(item.place, path, std::move(*complaint));
        }
        ladder.push_back(std::move(rung));
    }
}

void Reader::read_value(const DocumentNode& node, const std::string& path, Streams& streams) {
    const DocumentNode* mapping = open(node, DocumentNode::Kind::mapping, path);
    if (mapping == nullptr) {
        return;
    }
    check_repeated(*mapping, path);
    for (const DocumentNode& item : mapping->items) {
        if (item.key == "defaults") {
            read_fields(item, join(path, item.key), streams.defaults);
        } else if (const auto good = check_pattern(item.key); !good) {
            complain(item.key_place, path,
                     {.what = quoted(item.key) + ": " + std::string(good.error().text),
                      .mend = "write defaults, a stream such as live/demo, or a pattern such as cam/*"});
        } else {
            read_rule(item, join(path, item.key), streams);
        }
    }
}

void Reader::read_rule(const DocumentNode& node, const std::string& path, Streams& streams) {
    StreamOptions options;
    const auto present = read_fields(node, path, options);
    auto rule = std::ranges::find(streams.rules, node.key, &StreamRule::pattern);
    if (rule == streams.rules.end()) {
        streams.rules.push_back({.pattern = node.key, .settings = {}});
        rule = std::prev(streams.rules.end());
    }
    options.fields([&](std::string_view name, const auto& member, const auto&...) {
        if (std::ranges::find(present, name) == present.end()) {
            return;
        }
        const auto setting = std::ranges::find(rule->settings, name, &StreamRule::Setting::key);
        if (setting == rule->settings.end()) {
            rule->settings.push_back({.key = std::string(name), .value = print_value(member)});
        } else {
            setting->value = print_value(member);
        }
    });
}

// A ladder of its own has a name that nobody can write, and that changes with what is in it.
void Reader::read_stream(const DocumentNode& written, const std::string& id, Config& config) {
    DocumentNode rule = written;
    rule.key = id;
    const std::string path = join("streams", id);
    const auto ladder = std::ranges::find(rule.items, "ladder", &DocumentNode::key);
    if (ladder != rule.items.end() && ladder->kind == DocumentNode::Kind::list) {
        Ladder rungs;
        read_ladder(*ladder, join(path, "ladder"), rungs);
        const std::string name = own_ladder_name(id, rungs);
        config.ladders[name] = std::move(rungs);
        ladder->kind = DocumentNode::Kind::text;
        ladder->text = name;
        ladder->items.clear();
    }
    read_rule(rule, path, config.streams);
}

void Reader::read_value(const DocumentNode& node, const std::string& path, EmptyList&) {
    const DocumentNode* list = open(node, DocumentNode::Kind::list, path);
    if (list != nullptr && !list->items.empty()) {
        complain(node.place, path, {.what = "is not what this version of Weir can do yet", .mend = "leave it out"});
    }
}

void Reader::read_value(const DocumentNode& node, const std::string& path, EmptyMapping&) {
    const DocumentNode* mapping = open(node, DocumentNode::Kind::mapping, path);
    if (mapping != nullptr && !mapping->items.empty()) {
        complain(node.place, path, {.what = "is not what this version of Weir can do yet", .mend = "leave it out"});
    }
}

}  // namespace weir::config
