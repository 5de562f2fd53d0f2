#include "config/streams.hpp"

#include "config/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace weir::config {

namespace {

void apply(const StreamRule& rule, StreamOptions& options) {
    for (const auto& setting : rule.settings) {
        // The loader has checked each setting: it cannot fail here.
        (void)set_option(options, setting.key, setting.value);
    }
}

bool is_pattern(std::string_view text) noexcept { return text.contains('*'); }

}  // namespace

bool matches(std::string_view pattern, std::string_view id) noexcept {
    std::size_t at = 0;                         // in the pattern
    std::size_t star = std::string_view::npos;  // the last `*` that was passed
    std::size_t taken = 0;                      // where in the id what follows that `*` is tried
    for (std::size_t i = 0; i < id.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            taken = i;
        } else if (at < pattern.size() && pattern[at] == id[i]) {
            ++at;
            ++i;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

StreamOptions options_for(const Config& config, std::string_view id) {
    StreamOptions options = config.streams.defaults;
    for (const StreamRule& rule : config.streams.rules) {
        if (is_pattern(rule.pattern) && matches(rule.pattern, id)) {
            apply(rule, options);
        }
    }
    for (const StreamRule& rule : config.streams.rules) {
        if (!is_pattern(rule.pattern) && rule.pattern == id) {
            apply(rule, options);
        }
    }
    return options;
}

std::expected<void, std::string> set_option(StreamOptions& options, std::string_view key, std::string_view text) {
    std::expected<void, std::string> done = std::unexpected("is not an option of a stream");
    std::vector<std::string_view> names;
    options.fields([&](std::string_view name, auto& member, const Key& about, const auto&... range) {
        names.push_back(name);
        if (name != key) {
            return;
        }
        using Member = std::decay_t<decltype(member)>;
        const auto value = check_text<Member>(text, default_of<StreamOptions, Member>(name), about, range...);
        if (value) {
            member = *value;
            done = {};
        } else {
            done = std::unexpected(quoted(text) + " " + value.error().what + "; " + value.error().mend);
        }
    });
    if (!done && std::ranges::find(names, key) == names.end()) {
        return std::unexpected(quoted(key) + " is not an option of a stream; " + suggest(key, names));
    }
    return done;
}

std::string own_ladder_name(std::string_view id, const Ladder& ladder) {
    std::string content;
    for (const Rung& rung : ladder) {
        rung.fields([&](std::string_view key, const auto& member, const auto&...) {
            content.append(key).append("=").append(print_value(member)).append("\n");
        });
    }
    return fmt::format("{}:{:x}", id, std::hash<std::string>{}(content));
}

bool is_own_ladder(std::string_view name) noexcept { return name.contains('/'); }

std::vector<ChangedOption> changed_options(const StreamOptions& from, const StreamOptions& to) {
    std::vector<std::string> before;
    from.fields([&](std::string_view, const auto& member, const auto&...) { before.push_back(print_value(member)); });
    std::vector<ChangedOption> changed;
    auto old = before.begin();
    to.fields([&](std::string_view key, const auto& member, const Key& about, const auto&...) {
        std::string now = print_value(member);
        if (now != *old++) {
            changed.push_back({.key = key, .to = about.secret ? "(secret)" : std::move(now), .change = about.change});
        }
    });
    return changed;
}

void take_live_options(StreamOptions& into, const StreamOptions& from) {
    std::vector<const void*> members;  // in the order of the fields, which is the same in both
    from.fields([&](std::string_view, const auto& member, const auto&...) { members.push_back(&member); });
    auto next = members.begin();
    into.fields([&](std::string_view, auto& member, const Key& about, const auto&...) {
        const void* other = *next++;
        if (about.change == Change::live) {
            member = *static_cast<const std::decay_t<decltype(member)>*>(other);
        }
    });
}

}  // namespace weir::config
