// Prometheus text exposition 0.0.4 from `fields(visitor)`. Many structs with different labels contribute to one family
// (`weir_input_frames_total` of each stream); the samples of a family come out together, under one HELP and one TYPE.
// A nested struct prefixes the names of its members with its own. Label values are escaped; names are our own words.
#pragma once

#include "base/fields.hpp"
#include "base/metrics.hpp"

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::base {

struct Label {
    std::string_view name;
    std::string_view value;
};

class MetricsWriter {
  public:
    /// What `/metrics` answers as Content-Type.
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

    explicit MetricsWriter(std::string_view prefix = "weir") : prefix_(prefix) {}

    /// One sample per member of `stats`, named PREFIX_GROUP_MEMBER (`group` may be empty), each with `labels`.
    template <HasFields Stats>
    void add(const Stats& stats, std::string_view group = {}, std::initializer_list<Label> labels = {}) {
        visit_members(join(prefix_, group), stats, print_labels(labels));
    }
    /// One value that stands alone.
    template <typename Value>
    void add_value(std::string_view name, const Value& value, std::string_view help,
                   std::initializer_list<Label> labels = {}) {
        member(join(prefix_, name), value, help, print_labels(labels));
    }

    /// The whole page, families in the order in which they were first added.
    [[nodiscard]] std::string text() const;

  private:
    struct Family {
        std::string head;  ///< the HELP and TYPE lines
        std::string type;
        std::string samples;
    };

    template <HasFields Stats>
    void visit_members(const std::string& prefix, const Stats& stats, const std::string& labels) {
        stats.fields([&](std::string_view name, const auto& value, std::string_view help = {}) {
            member(join(prefix, name), value, help, labels);
        });
    }

    template <typename Value>
    void member(const std::string& name, const Value& value, std::string_view help, const std::string& labels) {
        if constexpr (HasFields<const Value>) visit_members(name, value, labels);
        else if constexpr (std::same_as<Value, Histogram>) histogram(name + "_seconds", help, labels, value.snapshot());
        else if constexpr (std::same_as<Value, Counter>)
            sample("counter", name + "_total", help, labels, print_number(value.value()));
        else if constexpr (std::same_as<Value, Total>)
            sample("counter", name + "_total", help, labels, print_number(value.value));
        else if constexpr (std::same_as<Value, Gauge>) sample("gauge", name, help, labels, print_number(value.value()));
        else if constexpr (std::convertible_to<Value, Duration>)
            sample("gauge", name + "_seconds", help, labels,
                   print_number(std::chrono::duration<double>(value).count()));
        else if constexpr (std::floating_point<Value>) sample("gauge", name, help, labels, print_number(double{value}));
        else if constexpr (std::unsigned_integral<Value>)
            sample("gauge", name, help, labels, print_number(std::uint64_t{value}));
        else if constexpr (std::signed_integral<Value>)
            sample("gauge", name, help, labels, print_number(std::int64_t{value}));
        else counters_by(name + "_total", help, labels, value);
    }

    template <typename Enum, Enum last>
    void counters_by(const std::string& name, std::string_view help, const std::string& labels,
                     const CountersBy<Enum, last>& counters) {
        counters.each([&](std::string_view value, const Counter& counter) {
            sample("counter", name, help, join_labels(labels, print_labels({{counters.label(), value}})),
                   print_number(counter.value()));
        });
    }

    void sample(std::string_view type, const std::string& name, std::string_view help, const std::string& labels,
                const std::string& value);
    void histogram(const std::string& name, std::string_view help, const std::string& labels,
                   const Histogram::Snapshot& snapshot);
    Family& family(std::string_view type, const std::string& name, std::string_view help);

    static std::string join(std::string_view prefix, std::string_view name);
    static std::string print_labels(std::initializer_list<Label> labels);
    static std::string join_labels(const std::string& first, const std::string& second);
    static std::string print_number(std::uint64_t value);
    static std::string print_number(std::int64_t value);
    static std::string print_number(double value);

    std::string prefix_;
    std::vector<Family> families_;
    std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace weir::base
