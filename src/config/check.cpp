#include "config/check.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

namespace weir::config {

namespace {

/// Levenshtein's, with one row of memory.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
            diagonal = std::exchange(row[k], std::min({replaced, row[k] + 1, row[k - 1] + 1}));
        }
    }
    return row.back();
}

}  // namespace

Complaint complaint_of(std::string_view sentence) {
    const std::size_t semicolon = sentence.find("; ");
    if (semicolon == std::string_view::npos) {
        return {.what = std::string(sentence), .mend = {}};
    }
    return {.what = std::string(sentence.substr(0, semicolon)), .mend = std::string(sentence.substr(semicolon + 2))};
}

std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::string out = "\"";
    base::append_escaped(out, base::cut(text, longest));
    out += text.size() > longest ? "…\"" : "\"";
    return out;
}

std::string written(std::string text) { return text.empty() ? "\"\"" : text; }

Complaint not_served(std::string_view default_text, std::optional<std::string_view> also) {
    std::string mend = "leave it out, or at its default, " + written(std::string(default_text));
    if (also) {
        mend += ", or write " + written(std::string(*also));
    }
    return {.what = "is not what this version of Weir can do yet", .mend = std::move(mend)};
}

Complaint not_served(std::span<const std::string_view> values, std::span<const std::string_view> unserved) {
    std::vector<std::string_view> served;
    std::ranges::copy_if(values, std::back_inserter(served),
                         [&](std::string_view value) { return std::ranges::find(unserved, value) == unserved.end(); });
    return {.what = "is not what this version of Weir can do yet", .mend = "write " + any_of(served)};
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> names) {
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    if (word.size() > 64) {
        return best;
    }
    for (const std::string_view name : names) {
        const std::size_t distance = edit_distance(word, name);
        if (distance < least && distance < name.size()) {
            least = distance;
            best = name;
        }
    }
    return best;
}

std::string suggest(std::string_view word, std::span<const std::string_view> names) {
    const std::string_view near = nearest(word, names);
    return near.empty() ? "write one of: " + any_of(names) : "did you mean " + std::string(near) + "?";
}

}  // namespace weir::config
