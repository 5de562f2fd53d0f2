#include "format/amf0.hpp"

#include "base/byte_reader.hpp"
#include "format/amf3.hpp"

#include <bit>
#include <cassert>

namespace weir::format::amf0 {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

enum class Marker : std::uint8_t {
    number = 0,
    boolean = 1,
    string = 2,
    object = 3,
    null = 5,
    undefined = 6,
    ecma_array = 8,
    object_end = 9,
    strict_array = 10,
    date = 11,
    long_string = 12,
    unsupported = 13,
    xml_document = 15,
    typed_object = 16,
    avmplus_object = 17,
};

bool same_bits(double a, double b) noexcept {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// One descent through one message: the reader, and what is left of the limits.
class Descent {
  public:
    Descent(base::ByteReader& reader, const Limits& limits, std::size_t& values,
            std::unique_ptr<amf3::Tables>& tables) noexcept
        : reader_(reader), limits_(limits), values_(values), tables_(tables) {}

    Result<Value> value(std::size_t depth);

  private:
    Result<std::string> text(std::size_t size);
    Result<std::string> short_text() { return text(TRY(reader_.u16())); }
    Result<std::string> long_text() { return text(TRY(reader_.u32())); }
    Result<Object> object(std::size_t depth);
    Result<StrictArray> strict_array(std::size_t depth);
    Result<Date> date();
    Result<Value> amf3_value(std::size_t depth);

    base::ByteReader& reader_;
    const Limits& limits_;
    std::size_t& values_;
    std::unique_ptr<amf3::Tables>& tables_;
};

Result<std::string> Descent::text(std::size_t size) {
    if (size > limits_.string.bytes()) {
        return fail(ErrorKind::too_large, "an AMF0 string is longer than allowed");
    }
    return std::string(TRY(reader_.text(size)));
}

Result<Object> Descent::object(std::size_t depth) {
    Object object;
    while (true) {
        std::string name = TRY(short_text());
        if (name.empty()) {
            // An empty name is the end marker's, by the specification; some encoders really use one as a name.
            base::ByteReader ahead = reader_;
            if (TRY(ahead.u8()) == std::to_underlying(Marker::object_end)) {
                reader_ = ahead;
                return object;
            }
        }
        object.properties.push_back({std::move(name), TRY(value(depth + 1))});
    }
}

Result<StrictArray> Descent::strict_array(std::size_t depth) {
    const std::uint32_t count = TRY(reader_.u32());
    // The count is a claim: nothing is reserved for it, and each value that really comes is counted.
    StrictArray array;
    for (std::uint32_t i = 0; i < count; ++i) {
        array.values.push_back(TRY(value(depth + 1)));
    }
    return array;
}

Result<Date> Descent::date() {
    const double milliseconds = TRY(reader_.f64());
    return Date{milliseconds, TRY(reader_.u16())};
}

/// It counts itself.
Result<Value> Descent::amf3_value(std::size_t depth) {
    if (tables_ == nullptr) tables_ = std::make_unique<amf3::Tables>();
    --values_;
    return amf3::parse(reader_, limits_, depth, values_, *tables_);
}

Result<Value> Descent::value(std::size_t depth) {
    if (depth > limits_.depth) {
        return fail(ErrorKind::too_large, "AMF0 values are nested deeper than allowed");
    }
    if (++values_ > limits_.values) {
        return fail(ErrorKind::too_large, "an AMF0 message has more values than allowed");
    }
    switch (static_cast<Marker>(TRY(reader_.u8()))) {
        case Marker::number: return TRY(reader_.f64());
        case Marker::boolean: return TRY(reader_.u8()) != 0;
        case Marker::string: return TRY(short_text());
        case Marker::object: return TRY(object(depth));
        case Marker::null: return Null{};
        case Marker::undefined:
        case Marker::unsupported: return Undefined{};
        case Marker::ecma_array: TRY(reader_.skip(4)); return EcmaArray{TRY(object(depth))};
        case Marker::strict_array: return TRY(strict_array(depth));
        case Marker::date: return TRY(date());
        case Marker::long_string:
        case Marker::xml_document: return TRY(long_text());
        case Marker::typed_object: (void)TRY(short_text()); return TRY(object(depth));
        case Marker::avmplus_object: return TRY(amf3_value(depth));
        case Marker::object_end: return fail(ErrorKind::malformed, "an AMF0 object ends where none began");
    }
    return fail(ErrorKind::unsupported, "an AMF0 value is of a type that is not known here");
}

/// Writes one alternative of a value.
class Writing {
  public:
    explicit Writing(base::ByteWriter& out) noexcept : out_(out) {}

    void operator()(Undefined) { mark(Marker::undefined); }
    void operator()(Null) { mark(Marker::null); }
    void operator()(bool value) {
        mark(Marker::boolean);
        out_.u8(value ? 1 : 0);
    }
    void operator()(double value) {
        mark(Marker::number);
        out_.f64(value);
    }
    void operator()(const std::string& value) {
        if (value.size() <= 0xFFFF) {
            mark(Marker::string);
            out_.u16(static_cast<std::uint16_t>(value.size()));
        } else {
            mark(Marker::long_string);
            out_.u32(static_cast<std::uint32_t>(value.size()));
        }
        out_.text(value);
    }
    void operator()(const Object& value) {
        mark(Marker::object);
        properties(value);
    }
    void operator()(const EcmaArray& value) {
        mark(Marker::ecma_array);
        out_.u32(static_cast<std::uint32_t>(value.object.properties.size()));
        properties(value.object);
    }
    void operator()(const StrictArray& value) {
        mark(Marker::strict_array);
        out_.u32(static_cast<std::uint32_t>(value.values.size()));
        for (const Value& element : value.values) {
            std::visit(*this, element.data());
        }
    }
    void operator()(const Date& value) {
        mark(Marker::date);
        out_.f64(value.milliseconds);
        out_.u16(value.zone);
    }

  private:
    void mark(Marker marker) { out_.u8(std::to_underlying(marker)); }
    void properties(const Object& value) {
        for (const Property& property : value.properties) {
            assert(property.name.size() <= 0xFFFF);
            out_.u16(static_cast<std::uint16_t>(property.name.size()));
            out_.text(property.name);
            std::visit(*this, property.value.data());
        }
        out_.u16(0);
        mark(Marker::object_end);
    }

    base::ByteWriter& out_;
};

}  // namespace

bool operator==(const Date& a, const Date& b) noexcept {
    return same_bits(a.milliseconds, b.milliseconds) && a.zone == b.zone;
}

const Value* Object::find(std::string_view name) const noexcept {
    for (const Property& property : properties) {
        if (property.name == name) {
            return &property.value;
        }
    }
    return nullptr;
}

Object& Object::set(std::string_view name, Value value) {
    properties.push_back({std::string(name), std::move(value)});
    return *this;
}

bool operator==(const Object& a, const Object& b) noexcept { return a.properties == b.properties; }
bool operator==(const StrictArray& a, const StrictArray& b) noexcept { return a.values == b.values; }

const Object* Value::object() const noexcept {
    if (const auto* array = std::get_if<EcmaArray>(&data_)) {
        return &array->object;
    }
    return std::get_if<Object>(&data_);
}

bool operator==(const Value& a, const Value& b) noexcept {
    if (a.number() != nullptr && b.number() != nullptr) {
        return same_bits(*a.number(), *b.number());
    }
    return a.data_ == b.data_;
}

Parser::Parser(base::ByteView bytes, Limits limits) : bytes_(bytes), limits_(limits) {}
Parser::~Parser() = default;

Result<Value> Parser::next() {
    base::ByteReader reader(bytes_);
    Value value = TRY(Descent(reader, limits_, values_, tables_).value(0));
    bytes_ = reader.rest();
    return value;
}

Result<std::vector<Value>> parse(base::ByteView bytes, Limits limits) {
    Parser parser(bytes, limits);
    std::vector<Value> values;
    while (!parser.at_end()) {
        values.push_back(TRY(parser.next()));
    }
    return values;
}

void write(const Value& value, base::ByteWriter& out) { std::visit(Writing(out), value.data()); }

}  // namespace weir::format::amf0
