// spdlog stamps the time and the level, colors them on a terminal, and serializes the writers; the payload of a line, and its
// escaping, is made here. Text and JSON have a logger of their own, so that a reload between two lines cannot mix them.
#include "base/journal.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <cmath>
#include <iterator>
#include <mutex>

namespace weir::base {

namespace {

constexpr std::size_t longest_text = 1024;  ///< bytes of a message or of a value; the rest is cut

/// What both formats of one journal share.
struct GuardedSink {
    std::mutex mutex;
    Journal::Sink sink;
};

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit CallbackSink(std::shared_ptr<GuardedSink> to) : to_(std::move(to)) {}

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        const std::lock_guard lock(to_->mutex);
        to_->sink({line.data(), line.size()});
    }
    void flush_() override {}

    std::shared_ptr<GuardedSink> to_;
};

spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

spdlog::logger make_logger(std::shared_ptr<spdlog::sinks::sink> sink, const std::string& pattern) {
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    spdlog::logger logger("", std::move(sink));
    logger.set_level(spdlog::level::trace);
    return logger;
}

/// Amounts as a person reads them: three digits or so, and a unit.
std::string readable(Duration value) {
    const double seconds = std::chrono::duration<double>(value).count();
    const double size = std::abs(seconds);
    if (size >= 10 || size == 0) {
        return fmt::format("{:.1f}s", seconds);
    }
    return size >= 1e-3 ? fmt::format("{:.4g}ms", seconds * 1e3) : fmt::format("{:.4g}us", seconds * 1e6);
}
std::string readable(ByteCount value) {
    const auto bytes = static_cast<double>(value.bytes());
    if (bytes < 1024) {
        return fmt::format("{}B", value.bytes());
    }
    if (bytes < 1024.0 * 1024) {
        return fmt::format("{:.1f}KiB", bytes / 1024);
    }
    return bytes < 1024.0 * 1024 * 1024 ? fmt::format("{:.1f}MiB", bytes / 1024 / 1024)
                                        : fmt::format("{:.2f}GiB", bytes / 1024 / 1024 / 1024);
}
std::string readable(BitRate value) {
    const auto bits = static_cast<double>(value.bits_per_second());
    return bits < 1e6 ? fmt::format("{:.0f}kbit/s", bits / 1e3) : fmt::format("{:.2f}Mbit/s", bits / 1e6);
}
std::string readable(bool value) { return value ? "yes" : "no"; }
std::string readable(auto number) { return fmt::format("{}", number); }

void append_limited(std::string& out, std::string_view text, void (*append)(std::string&, std::string_view)) {
    const std::string_view kept = cut(text, longest_text);
    append(out, kept);
    if (kept.size() < text.size()) {
        out += "…";
    }
}

/// A bare word, or quoted where it would not be one.
void append_text_value(std::string& out, std::string_view text) {
    const bool bare = !text.empty() && text.find_first_of(" \"\\=") == std::string_view::npos;
    std::string escaped;
    append_limited(escaped, text, append_escaped);
    if (bare && escaped == text) {
        out += escaped;
    } else {
        out += '"' + escaped + '"';
    }
}

void append_text_field(std::string& out, std::string_view key, const LogField::Value& value) {
    out += ' ';
    append_escaped(out, key);
    out += '=';
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        append_text_value(out, *text);
    } else {
        std::visit(
            [&](const auto& amount) {
                if constexpr (!std::same_as<std::decay_t<decltype(amount)>, std::string_view>) {
                    out += readable(amount);
                }
            },
            value);
    }
}

struct JsonValue {
    std::string& out;

    void operator()(std::string_view text) const {
        out += '"';
        append_limited(out, text, append_json);
        out += '"';
    }
    void operator()(bool value) const { out += value ? "true" : "false"; }
    void operator()(double value) const { out += std::isfinite(value) ? fmt::format("{}", value) : "null"; }
    void operator()(Duration value) const { (*this)(std::chrono::duration<double>(value).count()); }
    void operator()(ByteCount value) const { out += std::to_string(value.bytes()); }
    void operator()(BitRate value) const { out += std::to_string(value.bits_per_second()); }
    void operator()(std::int64_t value) const { out += std::to_string(value); }
    void operator()(std::uint64_t value) const { out += std::to_string(value); }
};

void append_json_field(std::string& out, std::string_view key, const LogField::Value& value) {
    out += out.empty() ? "\"" : ",\"";
    append_json(out, key);
    out += "\":";
    std::visit(JsonValue{out}, value);
}

std::string text_payload(const LogContext& context, std::string_view message, LogFields fields) {
    std::string out;
    append_limited(out, message, append_unquoted);
    if (!context.stream.empty()) {
        append_text_field(out, "stream", context.stream);
    }
    if (!context.session.empty()) {
        append_text_field(out, "session", context.session);
    }
    for (const LogField& field : fields) {
        append_text_field(out, field.key(), field.value());
    }
    return out;
}

std::string json_payload(const LogContext& context, std::string_view message, LogFields fields) {
    std::string out;
    append_json_field(out, "message", message);
    if (!context.stream.empty()) {
        append_json_field(out, "stream", context.stream);
    }
    if (!context.session.empty()) {
        append_json_field(out, "session", context.session);
    }
    for (const LogField& field : fields) {
        append_json_field(out, field.key(), field.value());
    }
    return out;
}

}  // namespace

struct Journal::Outputs {
    Outputs(std::shared_ptr<spdlog::sinks::sink> text_sink, std::shared_ptr<spdlog::sinks::sink> json_sink)
        : text(make_logger(std::move(text_sink), "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v")),
          json(make_logger(std::move(json_sink), R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})")) {}

    spdlog::logger text;
    spdlog::logger json;
};

Journal::Journal(LogLevel level, LogFormat format)
    : level_(level),
      format_(format),
      outputs_(std::make_unique<Outputs>(std::make_shared<spdlog::sinks::stderr_color_sink_mt>(),
                                         std::make_shared<spdlog::sinks::stderr_color_sink_mt>())) {}

Journal::Journal(LogLevel level, LogFormat format, Sink sink) : level_(level), format_(format) {
    auto shared = std::make_shared<GuardedSink>();
    shared->sink = std::move(sink);
    outputs_ =
        std::make_unique<Outputs>(std::make_shared<CallbackSink>(shared), std::make_shared<CallbackSink>(shared));
}

Journal::~Journal() = default;

void Journal::write(LogLevel level, const LogContext& context, std::string_view message, LogFields fields) {
    const bool json = format_.load(std::memory_order_relaxed) == LogFormat::json;
    const std::string payload = json ? json_payload(context, message, fields) : text_payload(context, message, fields);
    (json ? outputs_->json : outputs_->text).log(spdlog_level(level), spdlog::string_view_t(payload));
}

Log Log::with(LogContext context) const {
    if (context.stream.empty()) {
        context.stream = context_.stream;
    }
    if (context.session.empty()) {
        context.session = context_.session;
    }
    return Log(journal_, std::move(context));
}

}  // namespace weir::base
