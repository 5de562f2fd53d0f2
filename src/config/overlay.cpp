#include "config/overlay.hpp"

#include "base/escape.hpp"
#include "base/stream_id.hpp"
#include "config/consistency.hpp"
#include "config/streams.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace weir::config {

namespace {

/// What `lay_over` changes of a configuration, as it was.
class Before {
  public:
    Before(Config& config, const std::string& id) : config_(config), id_(id) {
        if (const auto rule = find(); rule != config_.streams.rules.end()) rule_ = *rule;
    }
    void restore() {
        const auto rule = find();
        if (rule_) *rule = *std::move(rule_);
        else if (rule != config_.streams.rules.end()) config_.streams.rules.erase(rule);
        std::erase_if(config_.ladders, [&](const auto& ladder) { return ladder.first.starts_with(id_ + ':'); });
    }

  private:
    [[nodiscard]] std::vector<StreamRule>::iterator find() {
        return std::ranges::find(config_.streams.rules, id_, &StreamRule::pattern);
    }

    Config& config_;
    const std::string& id_;
    std::optional<StreamRule> rule_;
};

/// Reads the file's tree.
class OverlayReader {
  public:
    OverlayReader(const std::string& file, Problems& problems) : reader_(file, problems, origins_) {}

    void read(const DocumentNode& document, Overlay& overlay) {
        for (const DocumentNode& item : document.items) {
            if (item.key == "streams") read_streams(item, overlay);
            else complain(item.key_place, item.key, {"is not known here", "write streams"});
        }
    }

    void complain(Place place, const std::string& path, Complaint complaint) {
        reader_.complain(place, path, std::move(complaint));
    }

  private:
    void read_streams(const DocumentNode& streams, Overlay& overlay) {
        for (const DocumentNode& item : streams.items) {
            if (const auto id = base::parse_stream_id(item.key); !id)
                complain(item.key_place, join("streams", item.key), {std::string(id.error().text), ""});
            else read_entry(item, overlay.streams[item.key]);
        }
    }
    void read_entry(const DocumentNode& node, StreamEntry& entry) {
        const std::string path = join("streams", node.key);
        for (const DocumentNode& item : node.items) {
            if (item.key == "created") read_time(item, join(path, item.key), entry.created);
            else if (item.key == "options" && item.kind == DocumentNode::Kind::mapping) entry.options = item;
            else if (item.key == "push") read_pushes(item, join(path, item.key), entry.pushes);
            else
                complain(item.key_place, join(path, item.key), {"is not known here", "write created, options or push"});
        }
    }
    void read_time(const DocumentNode& node, const std::string& path, std::uint64_t& time) {
        const std::string& text = node.text;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
        if (error != std::errc() || end != text.data() + text.size())
            complain(node.place, path, {"is no time; it is written in Unix seconds", ""});
    }
    void read_pushes(const DocumentNode& list, const std::string& path, std::vector<PushTarget>& pushes) {
        for (const DocumentNode& item : list.items) reader_.read_struct(item, path, pushes.emplace_back());
    }

    Origins origins_;
    Reader reader_;
};

void print_text(std::string_view text, std::string& out) {
    out += '"';
    base::append_json(out, text);
    out += '"';
}

void print_node(const DocumentNode& node, std::string& out) {
    using enum DocumentNode::Kind;
    if (node.kind == nothing) {
        out += "null";
        return;
    }
    if (node.kind == text) return print_text(node.text, out);
    const bool is_mapping = node.kind == mapping;
    out += is_mapping ? '{' : '[';
    for (bool is_first = true; const DocumentNode& item : node.items) {
        if (!std::exchange(is_first, false)) out += ", ";
        if (is_mapping) {
            print_text(item.key, out);
            out += ": ";
        }
        print_node(item, out);
    }
    out += is_mapping ? '}' : ']';
}

void print_target(const PushTarget& target, std::string& out) {
    out += '{';
    target.fields([&](std::string_view key, const std::string& member, const Key&) {
        out += out.ends_with('{') ? "" : ", ";
        print_text(key, out);
        out += ": ";
        print_text(member, out);
    });
    out += '}';
}

void print_entry(const StreamEntry& entry, std::string& out) {
    out += '{';
    if (entry.created != 0) out += "\"created\": " + std::to_string(entry.created) + ", ";
    out += "\"options\": ";
    print_node(entry.options, out);
    out += R"(, "push": [)";
    for (const PushTarget& target : entry.pushes) {
        out += out.ends_with('[') ? "" : ", ";
        print_target(target, out);
    }
    out += "]}";
}

}  // namespace

void change_options(DocumentNode& options, const DocumentNode& change) {
    for (const DocumentNode& item : change.items) {
        std::erase_if(options.items, [&](const DocumentNode& old) { return old.key == item.key; });
        if (item.kind != DocumentNode::Kind::nothing) options.items.push_back(item);
    }
}

Problems lay_over(Config& base, const std::string& id, const StreamEntry& entry, const std::string& source) {
    Problems problems;
    if (entry.options.items.empty()) return problems;
    Origins origins;
    Before before(base, id);
    Reader(source, problems, origins).read_stream(entry.options, id, base);
    const auto rule = std::ranges::find(base.streams.rules, id, &StreamRule::pattern);
    if (rule != base.streams.rules.end()) check_rule_consistency(base, *rule, origins, problems);
    if (!problems.empty()) before.restore();
    return problems;
}

std::expected<Overlay, Problems> parse_overlay(const std::string& file, std::string_view text) {
    Problems problems;
    Overlay overlay;
    OverlayReader reader(file, problems);
    if (const auto document = parse_document(text); !document)
        reader.complain(document.error().place, "", {document.error().what, ""});
    else if (document->kind == DocumentNode::Kind::mapping) reader.read(*document, overlay);
    else reader.complain(document->place, "", {"is no object", R"(write {"streams": {}})"});
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return overlay;
}

std::string print_overlay(const Overlay& overlay) {
    std::string out = "{\"streams\": {";
    for (bool is_first = true; const auto& [id, entry] : overlay.streams) {
        out += std::exchange(is_first, false) ? "\n  " : ",\n  ";
        print_text(id, out);
        out += ": ";
        print_entry(entry, out);
    }
    return out + "\n}}\n";
}

}  // namespace weir::config
