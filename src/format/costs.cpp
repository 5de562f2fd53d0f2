// The subset of JSON (RFC 8259) that the line needs: objects, strings without escapes, numbers.
#include "format/costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace weir::format {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t longest = 4096;
constexpr std::size_t most_presets = 32;

class Parser {
  public:
    explicit Parser(std::string_view text) noexcept : text_(text) {}

    Result<CostModel> model();

  private:
    /// Calls `member(name)` for each member of an object, with the parser at its value.
    template <typename Member>
    Result<void> object(Member&& member);
    Result<void> member(std::string_view name, CostModel& costs);
    Result<std::string_view> string();
    Result<double> number();
    Result<void> keep(std::optional<double>& value);
    Result<void> expect(char letter);
    [[nodiscard]] bool skip(char letter) noexcept;
    void skip_space() noexcept { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())); }

    std::string_view text_;
    std::optional<double> version_;
    std::optional<double> decode_;
    std::optional<double> scale_;
    std::optional<double> audio_;
};

Result<CostModel> Parser::model() {
    CostModel costs;
    costs.encode.clear();
    TRY(object([&](std::string_view name) { return member(name, costs); }));
    skip_space();
    if (!text_.empty()) return fail(ErrorKind::malformed, "something follows the costs");
    if (version_ != cost_model_version) return fail(ErrorKind::unsupported, "the costs are of another version");
    if (!decode_ || !scale_ || !audio_ || costs.encode.empty())
        return fail(ErrorKind::malformed, "the costs do not say all that they should");
    costs.decode = *decode_;
    costs.scale = *scale_;
    costs.audio = *audio_;
    return costs;
}

Result<void> Parser::member(std::string_view name, CostModel& costs) {
    if (name == "version") return keep(version_);
    if (name == "decode") return keep(decode_);
    if (name == "scale") return keep(scale_);
    if (name == "audio") return keep(audio_);
    if (name == "encode") {
        return object([&](std::string_view preset) -> Result<void> {
            if (costs.encode.size() == most_presets)
                return fail(ErrorKind::too_large, "the costs name too many presets");
            costs.encode.insert_or_assign(std::string(preset), TRY(number()));
            return {};
        });
    }
    return (void)TRY(number()), Result<void>();
}

template <typename Member>
Result<void> Parser::object(Member&& member) {
    TRY(expect('{'));
    if (skip('}')) return {};
    do {
        const std::string_view name = TRY(string());
        TRY(expect(':'));
        TRY(member(name));
    } while (skip(','));
    return expect('}');
}

Result<std::string_view> Parser::string() {
    TRY(expect('"'));
    const std::size_t size = text_.find_first_of("\"\\");
    if (size == std::string_view::npos || text_[size] != '"')
        return fail(ErrorKind::malformed, "a name among the costs has no end");
    const std::string_view value = text_.substr(0, size);
    text_.remove_prefix(size + 1);
    return value;
}

// Every number here is a cost or a version: positive, and nothing that an addition would drown in.
Result<double> Parser::number() {
    skip_space();
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value <= 0 || value > 1e6)
        return fail(ErrorKind::malformed, "a cost is not a positive number");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
}

Result<void> Parser::keep(std::optional<double>& value) {
    value = TRY(number());
    return {};
}

Result<void> Parser::expect(char letter) {
    if (!skip(letter)) return fail(ErrorKind::malformed, "the costs are not an object of JSON");
    return {};
}

bool Parser::skip(char letter) noexcept {
    skip_space();
    if (!text_.starts_with(letter)) return false;
    text_.remove_prefix(1);
    return true;
}

}  // namespace

Result<CostModel> parse_costs(std::string_view text) {
    if (text.size() > longest) return fail(ErrorKind::too_large, "the costs are longer than they can be");
    return Parser(text).model();
}

std::string write(const CostModel& costs) {
    std::string encode;
    for (const auto& [preset, cost] : costs.encode)
        encode += fmt::format("{}\"{}\":{}", encode.empty() ? "" : ",", preset, cost);
    return fmt::format(R"({{"version":{},"decode":{},"scale":{},"audio":{},"encode":{{{}}}}})", cost_model_version,
                       costs.decode, costs.scale, costs.audio, encode);
}

}  // namespace weir::format
