// AMF0 values (Action Message Format, AMF 0, Adobe 2007), as RTMP commands and FLV metadata carry them; those in AMF3 (format/amf3.hpp) among
// them are read as what they mean here. Every text in a parsed value is the sender's: data, never markup. Parsing is bounded by `Limits`; whatever parses writes back as an equal value.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::format::amf3 {
struct Tables;
}

namespace weir::format::amf0 {

class Value;

struct Null {
    friend bool operator==(Null, Null) noexcept = default;
};
struct Undefined {
    friend bool operator==(Undefined, Undefined) noexcept = default;
};
/// Milliseconds since 1970; the zone is reserved and written as it was read.
struct Date {
    double milliseconds = 0;
    std::uint16_t zone = 0;
    friend bool operator==(const Date& a, const Date& b) noexcept;
};

template <typename T>
struct Named {
    std::string name;
    T value;
    friend bool operator==(const Named& a, const Named& b) noexcept = default;
};
using Property = Named<Value>;

/// Named values in the order of the wire. Names may repeat; the first one counts.
struct Object {
    std::vector<Property> properties;

    /// Null when there is none of that name. The pointer lives until the object changes.
    [[nodiscard]] const Value* find(std::string_view name) const noexcept;
    /// Appends; returns itself, so that objects can be spelled out.
    Object& set(std::string_view name, Value value);
    friend bool operator==(const Object& a, const Object& b) noexcept;
};
/// An ECMA array: on the wire an object with a (merely advisory) count.
struct EcmaArray {
    Object object;
    friend bool operator==(const EcmaArray& a, const EcmaArray& b) noexcept = default;
};
struct StrictArray {
    std::vector<Value> values;
    friend bool operator==(const StrictArray& a, const StrictArray& b) noexcept;
};

/// One value. Long strings and XML documents are strings; a typed object is an object; numbers compare by their bits.
class Value {
  public:
    using Data = std::variant<Undefined, Null, bool, double, std::string, Object, EcmaArray, StrictArray, Date>;

    Value() noexcept = default;
    Value(Undefined) noexcept {}
    Value(Null value) noexcept : data_(value) {}
    Value(bool value) noexcept : data_(value) {}
    Value(double value) noexcept : data_(value) {}
    Value(std::string value) noexcept : data_(std::move(value)) {}
    Value(std::string_view value) : data_(std::string(value)) {}
    Value(const char* value) : data_(std::string(value)) {}
    Value(Object value) noexcept : data_(std::move(value)) {}
    Value(EcmaArray value) noexcept : data_(std::move(value)) {}
    Value(StrictArray value) noexcept : data_(std::move(value)) {}
    Value(Date value) noexcept : data_(value) {}

    /// Null when the value is of another type.
    [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&data_); }
    [[nodiscard]] const double* number() const noexcept { return std::get_if<double>(&data_); }
    [[nodiscard]] const std::string* string() const noexcept { return std::get_if<std::string>(&data_); }
    /// The properties of an object or of an ECMA array.
    [[nodiscard]] const Object* object() const noexcept;
    [[nodiscard]] const StrictArray* array() const noexcept { return std::get_if<StrictArray>(&data_); }

    [[nodiscard]] const Data& data() const noexcept { return data_; }
    friend bool operator==(const Value& a, const Value& b) noexcept;

  private:
    Data data_;
};

struct Limits {
    std::size_t depth = 8;
    std::size_t values = 1024;
    base::ByteCount string{16U << 10};
    base::ByteCount text{64U << 10};

    void fields(this auto& self, auto&& visit) {
        constexpr std::string_view refused =
            "the message is refused: a command closes the connection, metadata is passed over";
        visit("depth", self.depth,
              base::Limit{"arrays and objects within each other", refused, "weir_rtmp_closed_total"});
        visit("values", self.values, base::Limit{"values in one message", refused, "weir_rtmp_closed_total"});
        visit("string", self.string, base::Limit{"the longest string or name", refused, "weir_rtmp_closed_total"});
        visit("text", self.text,
              base::Limit{"text of the AMF3 values of a message, again for each time that it is referred to", refused,
                          "weir_rtmp_closed_total"});
    }
};

/// Reads values off the front of a message until it is at its end. The bytes must outlive the parser.
class Parser {
  public:
    explicit Parser(base::ByteView bytes, Limits limits = {});
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    [[nodiscard]] bool at_end() const noexcept { return bytes_.empty(); }
    /// The bytes that are not parsed yet.
    [[nodiscard]] base::ByteView rest() const noexcept { return bytes_; }
    [[nodiscard]] base::Result<Value> next();

  private:
    base::ByteView bytes_;
    Limits limits_;
    std::size_t values_ = 0;
    std::unique_ptr<amf3::Tables> tables_;  ///< null before the first value of AMF3
};

/// Every value of a message.
[[nodiscard]] base::Result<std::vector<Value>> parse(base::ByteView bytes, Limits limits = {});
void write(const Value& value, base::ByteWriter& out);

}  // namespace weir::format::amf0
