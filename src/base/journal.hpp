// The log of the server: one line per event on standard error, as text or as JSON (`log.format`).
//   Log log = journal.with({.stream = "live/demo", .session = "p-1"});
//   log.info("publishing", {{"codec", "h264"}, {"bitrate", BitRate(3'912'000)}});
// The message is our own words; whatever comes from elsewhere (names, client strings, texts of errors) is a field. All of it
// is escaped and cut to a bounded length, so that nobody can forge a line. Below the level in force nothing is formatted or
// allocated. A `Journal` is thread safe and outlives every `Log` bound to it; it is the one reader of the clock on this floor.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

#include <array>
#include <atomic>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace weir::base {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

/// In the order of the enumerators.
constexpr auto enumerator_names(LogLevel) {
    return std::array<std::string_view, 4>{"debug", "info", "warning", "error"};
}
constexpr auto enumerator_names(LogFormat) { return std::array<std::string_view, 2>{"text", "json"}; }

/// One `key=value` of a line. Holds views: it lives no longer than the call it is an argument of.
class LogField {
  public:
    using Value =
        std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, Duration, ByteCount, BitRate>;

    LogField(std::string_view key, std::string_view text) noexcept : key_(key), value_(text) {}
    LogField(std::string_view key, const char* text) noexcept : key_(key), value_(std::string_view(text)) {}
    LogField(std::string_view key, const std::string& text) noexcept : key_(key), value_(std::string_view(text)) {}
    LogField(std::string_view key, const Error& error) noexcept : key_(key), value_(error.text) {}
    LogField(std::string_view key, Duration value) noexcept : key_(key), value_(value) {}
    LogField(std::string_view key, ByteCount value) noexcept : key_(key), value_(value) {}
    LogField(std::string_view key, BitRate value) noexcept : key_(key), value_(value) {}
    LogField(std::string_view key, std::same_as<bool> auto value) noexcept : key_(key), value_(value) {}
    LogField(std::string_view key, std::floating_point auto value) noexcept : key_(key), value_(double{value}) {}
    LogField(std::string_view key, std::signed_integral auto value) noexcept : key_(key), value_(std::int64_t{value}) {}
    LogField(std::string_view key, std::unsigned_integral auto value) noexcept
        requires(!std::same_as<decltype(value), bool>)
        : key_(key), value_(std::uint64_t{value}) {}

    [[nodiscard]] std::string_view key() const noexcept { return key_; }
    [[nodiscard]] const Value& value() const noexcept { return value_; }

  private:
    std::string_view key_;
    Value value_;
};

using LogFields = std::initializer_list<LogField>;

/// Who a line is about; an empty text says nothing.
struct LogContext {
    std::string stream{};   ///< `live/demo`
    std::string session{};  ///< `p-1`
};

class Journal;

/// A handle to write with, bound to a stream and a session. Copying copies the two names. A `Log{}` says nothing.
class Log {
  public:
    Log() noexcept = default;

    /// The same, with what `context` names in place of what was bound.
    [[nodiscard]] Log with(LogContext context) const;
    [[nodiscard]] bool enabled(LogLevel level) const noexcept;
    [[nodiscard]] const LogContext& context() const noexcept { return context_; }

    void debug(std::string_view message, LogFields fields = {}) const { write(LogLevel::debug, message, fields); }
    void info(std::string_view message, LogFields fields = {}) const { write(LogLevel::info, message, fields); }
    void warning(std::string_view message, LogFields fields = {}) const { write(LogLevel::warning, message, fields); }
    void error(std::string_view message, LogFields fields = {}) const { write(LogLevel::error, message, fields); }
    void write(LogLevel level, std::string_view message, LogFields fields = {}) const;

  private:
    friend class Journal;
    Log(Journal* journal, LogContext context) noexcept : journal_(journal), context_(std::move(context)) {}

    Journal* journal_ = nullptr;
    LogContext context_;
};

class Journal {
  public:
    /// Takes one whole line, newline included. Called by one thread at a time.
    using Sink = std::function<void(std::string_view line)>;

    /// Writes to standard error, in color when that is a terminal.
    explicit Journal(LogLevel level = LogLevel::info, LogFormat format = LogFormat::text);
    /// Writes to `sink`.
    Journal(LogLevel level, LogFormat format, Sink sink);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal();

    [[nodiscard]] Log log() { return with({}); }
    [[nodiscard]] Log with(LogContext context) { return Log(this, std::move(context)); }

    /// Both may be called at any time, from any thread: this is the reload.
    void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }
    void set_format(LogFormat format) noexcept { format_.store(format, std::memory_order_relaxed); }
    [[nodiscard]] LogLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }

  private:
    friend class Log;
    struct Outputs;  ///< the spdlog loggers, one per format
    void write(LogLevel level, const LogContext& context, std::string_view message, LogFields fields);

    std::atomic<LogLevel> level_;
    std::atomic<LogFormat> format_;
    std::unique_ptr<Outputs> outputs_;
};

inline bool Log::enabled(LogLevel level) const noexcept { return journal_ != nullptr && level >= journal_->level(); }

inline void Log::write(LogLevel level, std::string_view message, LogFields fields) const {
    if (enabled(level)) journal_->write(level, context_, message, fields);
}

}  // namespace weir::base
