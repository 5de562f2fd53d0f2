#include "config/difference.hpp"

#include "config/check.hpp"

#include <algorithm>
#include <map>
#include <span>

namespace weir::config {

namespace {

/// One key as a file would have it.
struct Line {
    std::string section;
    std::string text;
    std::string shown;  ///< the text, unless it is a secret
    Change change;
};
using Lines = std::map<std::string, Line>;

std::string print_all(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& text : list) {
        out += (out.empty() ? "" : ", ") + written(text);
    }
    return "[" + out + "]";
}

/// A struct in braces, without the members that hold their defaults.
template <base::HasFields T>
std::string print_struct(const T& value, bool with_secrets) {
    std::string out;
    value.fields([&](std::string_view name, const auto& member, const Key& key, const auto&...) {
        using Member = std::decay_t<decltype(member)>;
        if (member == default_of<T, Member>(name)) {
            return;
        }
        std::string text = "(secret)";
        if constexpr (Scalar<Member>) {
            text = key.secret && !with_secrets ? text : written(print_value(member));
        } else {
            text = print_all(member);
        }
        out += (out.empty() ? "" : ", ") + std::string(name) + ": " + text;
    });
    return "{" + out + "}";
}

template <base::HasFields T>
std::string print_structs(const std::vector<T>& list, bool with_secrets) {
    std::string out;
    for (const T& value : list) {
        out += (out.empty() ? "" : ", ") + print_struct(value, with_secrets);
    }
    return "[" + out + "]";
}

/// Writes down every key of a configuration.
class Flattener {
  public:
    explicit Flattener(Lines& lines) : lines_(lines) {}

    void flatten(const Config& config) {
        config.fields([&](std::string_view name, const auto& section, const Key& key) {
            section_ = name;
            add(std::string(name), section, key);
        });
    }

  private:
    template <typename T>
    void add(const std::string& path, const T& value, const Key& key) {
        if constexpr (base::HasFields<const T>) {
            value.fields([&](std::string_view name, const auto& member, const Key& about, const auto&...) {
                add(path + "." + std::string(name), member, about);
            });
        } else if constexpr (Scalar<T>) {
            line(path, written(print_value(value)), key);
        } else {
            add_list(path, value, key);
        }
    }
    void add_list(const std::string& path, const std::vector<std::string>& list, const Key& key) {
        line(path, print_all(list), key);
    }
    void add_list(const std::string&, EmptyList, const Key&) {}
    void add_list(const std::string&, EmptyMapping, const Key&) {}
    void add_list(const std::string& path, const std::vector<Hook>& hooks, const Key& key) {
        line(path, print_structs(hooks, true), key, print_structs(hooks, false));
    }
    void add_list(const std::string& path, const std::map<std::string, Ladder>& ladders, const Key& key) {
        for (const auto& [name, ladder] : ladders) {
            line(join({path, name}), print_structs(ladder, true), key);
        }
    }
    void add_list(const std::string& path, const Streams& streams, const Key& key) {
        add(path + ".defaults", streams.defaults, key);
        for (const StreamRule& rule : streams.rules) {
            for (const auto& setting : rule.settings) {
                line(join({path, rule.pattern, setting.key}), written(setting.value), about_option(setting.key));
            }
        }
    }
    static std::string join(std::initializer_list<std::string_view> parts) {
        std::string path;
        for (const std::string_view part : parts) {
            path += path.empty() ? "" : ".";
            path += part;
        }
        return path;
    }
    static Key about_option(std::string_view name) {
        Key found{};
        const StreamOptions options;
        options.fields([&](std::string_view each, const auto&, const Key& key, const auto&...) {
            if (each == name) {
                found = key;
            }
        });
        return found;
    }
    void line(const std::string& path, std::string text, const Key& key, std::string shown = {}) {
        if (shown.empty()) {
            shown = key.secret ? "(secret)" : text;
        }
        lines_[path] = {.section = section_, .text = std::move(text), .shown = std::move(shown), .change = key.change};
    }

    Lines& lines_;
    std::string section_;
};

Lines flatten(const Config& config) {
    Lines lines;
    Flattener(lines).flatten(config);
    return lines;
}

/// The patterns of `rules` that `others` has as well, in order.
std::string common_order(const std::vector<StreamRule>& rules, const std::vector<StreamRule>& others) {
    std::vector<std::string> order;
    for (const StreamRule& rule : rules) {
        if (std::ranges::find(others, rule.pattern, &StreamRule::pattern) != others.end()) {
            order.push_back(rule.pattern);
        }
    }
    return print_all(order);
}

}  // namespace

std::vector<ChangedKey> difference(const Config& from, const Config& to) {
    const Lines before = flatten(from);
    const Lines after = flatten(to);
    std::vector<ChangedKey> changed;
    const auto changed_key = [](const std::string& key, const Line& line) {
        return ChangedKey{.section = line.section, .key = key, .from = {}, .to = {}, .change = line.change};
    };
    for (const auto& [key, line] : before) {
        const auto now = after.find(key);
        if (now == after.end()) {
            changed.push_back(changed_key(key, line));
            changed.back().from = line.shown;
        } else if (now->second.text != line.text) {
            changed.push_back(changed_key(key, line));
            changed.back().from = line.shown;
            changed.back().to = now->second.shown;
        }
    }
    for (const auto& [key, line] : after) {
        if (!before.contains(key)) {
            changed.push_back(changed_key(key, line));
            changed.back().to = line.shown;
        }
    }
    const std::string order = common_order(from.streams.rules, to.streams.rules);
    const std::string new_order = common_order(to.streams.rules, from.streams.rules);
    if (order != new_order) {
        changed.push_back(
            {.section = "streams", .key = "streams", .from = order, .to = new_order, .change = Change::new_streams});
    }
    std::ranges::sort(changed, {}, &ChangedKey::key);
    return changed;
}

std::string_view describe(Change change) noexcept {
    switch (change) {
        case Change::live: return "at once";
        case Change::new_streams: return "for streams that start afterwards";
        case Change::listener: return "when the server restarts: the listener stays where it is";
        case Change::process: return "when the server restarts";
    }
    return "when the server restarts";
}

}  // namespace weir::config
