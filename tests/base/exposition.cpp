#include "base/exposition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <regex>
#include <set>

namespace weir::base {

namespace {

bool is_name(const std::string& name) { return std::regex_match(name, std::regex("[a-zA-Z_:][a-zA-Z0-9_:]*")); }
bool is_label(const std::string& name) { return std::regex_match(name, std::regex("[a-zA-Z_][a-zA-Z0-9_]*")); }

/// Reads `"..."` at `at`, with `\\`, `\"` and `\n` and no other escape.
std::string quoted(std::string_view line, std::size_t& at) {
    std::string out;
    EXPECT_EQ(line[at], '"') << line;
    for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] != '\\') {
            out += line[at];
            continue;
        }
        ++at;
        EXPECT_TRUE(at < line.size() && std::string_view("\\\"n").contains(line[at])) << "a strange escape: " << line;
        out += line[at] == 'n' ? '\n' : line[at];
    }
    EXPECT_LT(at, line.size()) << "an open quote: " << line;
    ++at;
    return out;
}

std::map<std::string, std::string> parse_labels(std::string_view line, std::size_t& at) {
    std::map<std::string, std::string> labels;
    while (at < line.size() && line[at] != '}') {
        const std::size_t equals = line.find('=', at);
        if (equals == std::string_view::npos) {
            ADD_FAILURE() << "a label without a value: " << line;
            return labels;
        }
        const std::string name(line.substr(at, equals - at));
        EXPECT_TRUE(is_label(name)) << line;
        at = equals + 1;
        EXPECT_TRUE(labels.emplace(name, quoted(line, at)).second) << "a label twice: " << line;
        if (at < line.size() && line[at] == ',') {
            ++at;
        }
    }
    ++at;
    return labels;
}

double parse_number(const std::string& text, std::string_view line) {
    if (text == "+Inf" || text == "-Inf") {
        return text[0] == '+' ? INFINITY : -INFINITY;
    }
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    EXPECT_TRUE(!text.empty() && *end == '\0') << "no number: " << line;
    return value;
}

Exposition::Sample parse_sample(std::string_view line) {
    Exposition::Sample sample;
    std::size_t at = line.find_first_of("{ ");
    if (at == std::string_view::npos) {
        ADD_FAILURE() << "a sample without a value: " << line;
        return sample;
    }
    sample.name = line.substr(0, at);
    EXPECT_TRUE(is_name(sample.name)) << line;
    if (line[at] == '{') {
        ++at;
        sample.labels = parse_labels(line, at);
    }
    EXPECT_TRUE(at < line.size() && line[at] == ' ') << line;
    sample.value = parse_number(std::string(line.substr(std::min(at + 1, line.size()))), line);
    return sample;
}

void check_histogram(const Exposition::Family& family) {
    using Labels = std::map<std::string, std::string>;
    std::map<Labels, std::vector<std::pair<double, double>>> buckets;
    std::map<Labels, double> counts;
    for (const auto& sample : family.samples) {
        Labels labels = sample.labels;
        if (sample.name == family.name + "_bucket") {
            const std::string bound = labels["le"];
            labels.erase("le");
            buckets[labels].emplace_back(parse_number(bound, bound), sample.value);
        } else if (sample.name == family.name + "_count") {
            counts[labels] = sample.value;
        } else {
            EXPECT_EQ(sample.name, family.name + "_sum");
        }
    }
    EXPECT_EQ(buckets.size(), counts.size()) << family.name;
    for (const auto& [labels, rows] : buckets) {
        EXPECT_TRUE(std::ranges::is_sorted(rows)) << family.name << ": bounds and counts grow";
        EXPECT_TRUE(std::isinf(rows.back().first)) << family.name;
        EXPECT_EQ(rows.back().second, counts[labels]) << family.name;
    }
}

void check_family(const Exposition::Family& family) {
    EXPECT_TRUE(is_name(family.name)) << family.name;
    EXPECT_FALSE(family.samples.empty()) << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == "counter") << family.name;
    std::set<std::pair<std::string, std::map<std::string, std::string>>> seen;
    for (const auto& sample : family.samples) {
        EXPECT_TRUE(seen.emplace(sample.name, sample.labels).second) << "twice: " << sample.name;
        if (family.type != "histogram") {
            EXPECT_EQ(sample.name, family.name);
        }
        if (family.type == "counter") {
            EXPECT_GE(sample.value, 0) << sample.name;
        }
    }
    if (family.type == "histogram") {
        check_histogram(family);
    }
}

}  // namespace

const Exposition::Family* Exposition::find(std::string_view name) const {
    for (const Family& family : families) {
        if (family.name == name) {
            return &family;
        }
    }
    return nullptr;
}

double Exposition::value(std::string_view name, const std::map<std::string, std::string>& labels) const {
    std::vector<double> found;
    for (const Family& family : families) {
        for (const Sample& sample : family.samples) {
            if (sample.name == name && sample.labels == labels) {
                found.push_back(sample.value);
            }
        }
    }
    EXPECT_EQ(found.size(), 1U) << name;
    return found.empty() ? NAN : found.front();
}

Exposition parse_exposition(std::string_view text) {
    Exposition page;
    std::set<std::string> names;
    EXPECT_TRUE(text.empty() || text.ends_with('\n'));
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        std::smatch match;
        if (std::regex_match(line, match, std::regex("# HELP (\\S+) (.*)"))) {
            EXPECT_TRUE(names.insert(match[1]).second) << "a second block of " << match[1];
            page.families.push_back({.name = match[1], .help = match[2], .type = {}, .samples = {}});
        } else if (page.families.empty()) {
            ADD_FAILURE() << "before the first HELP: " << line;
        } else if (std::regex_match(line, match, std::regex("# TYPE (\\S+) (counter|gauge|histogram)"))) {
            EXPECT_EQ(match[1], page.families.back().name);
            EXPECT_TRUE(page.families.back().type.empty() && page.families.back().samples.empty()) << line;
            page.families.back().type = match[2];
        } else {
            EXPECT_FALSE(page.families.back().type.empty()) << "a sample without TYPE: " << line;
            page.families.back().samples.push_back(parse_sample(line));
        }
    }
    for (const auto& family : page.families) {
        check_family(family);
    }
    return page;
}

}  // namespace weir::base
