#include "base/metrics_writer.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

namespace weir::base {

namespace {

/// HELP texts escape `\` and the newline, label values the quote as well.
std::string escaped(std::string_view text, bool quote) {
    std::string out;
    for (const char c : valid_utf8(text)) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\\' || (quote && c == '"')) {
            out += '\\';
            out += c;
        } else {
            out += c;
        }
    }
    return out;
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, std::string_view value) {
    out += name;
    if (!labels.empty()) {
        out += '{';
        out += labels;
        out += '}';
    }
    out += ' ';
    out += value;
    out += '\n';
}

}  // namespace

std::string MetricsWriter::text() const {
    std::string page;
    for (const Family& family : families_) {
        page += family.head + family.samples;
    }
    return page;
}

MetricsWriter::Family& MetricsWriter::family(std::string_view type, const std::string& name, std::string_view help) {
    const auto [found, is_new] = index_.try_emplace(name, families_.size());
    if (is_new) {
        std::string head = fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(help, false), type);
        families_.push_back({.head = std::move(head), .type = std::string(type), .samples = {}});
    }
    assert(families_[found->second].type == type && "a family has one type");
    return families_[found->second];
}

void MetricsWriter::sample(std::string_view type, const std::string& name, std::string_view help,
                           const std::string& labels, const std::string& value) {
    append_sample(family(type, name, help).samples, name, labels, value);
}

void MetricsWriter::histogram(const std::string& name, std::string_view help, const std::string& labels,
                              const Histogram::Snapshot& snapshot) {
    std::string& samples = family("histogram", name, help).samples;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= snapshot.bounds.size(); ++i) {
        below += snapshot.buckets[i];
        const bool last = i == snapshot.bounds.size();
        const std::string bound =
            last ? "+Inf" : print_number(std::chrono::duration<double>(snapshot.bounds[i]).count());
        append_sample(samples, name + "_bucket", join_labels(labels, print_labels({{"le", bound}})),
                      print_number(below));
    }
    append_sample(samples, name + "_sum", labels, print_number(std::chrono::duration<double>(snapshot.sum).count()));
    append_sample(samples, name + "_count", labels, print_number(snapshot.count));
}

std::string MetricsWriter::join(std::string_view prefix, std::string_view name) {
    std::string joined(prefix);
    if (!prefix.empty() && !name.empty()) {
        joined += '_';
    }
    joined += name;
    return joined;
}

std::string MetricsWriter::print_labels(std::initializer_list<Label> labels) {
    std::string out;
    for (const Label& label : labels) {
        out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", label.name, escaped(label.value, true));
    }
    return out;
}

std::string MetricsWriter::join_labels(const std::string& first, const std::string& second) {
    return first.empty() || second.empty() ? first + second : first + ',' + second;
}

std::string MetricsWriter::print_number(std::uint64_t value) { return std::to_string(value); }
std::string MetricsWriter::print_number(std::int64_t value) { return std::to_string(value); }
std::string MetricsWriter::print_number(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    return std::isinf(value) ? (value > 0 ? "+Inf" : "-Inf") : fmt::format("{}", value);
}

}  // namespace weir::base
