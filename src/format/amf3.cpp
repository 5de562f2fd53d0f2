#include "format/amf3.hpp"

#include <string_view>
#include <utility>

namespace weir::format::amf3 {

namespace {

using amf0::Object;
using amf0::Value;
using base::ErrorKind;
using base::fail;
using base::Result;

enum class Marker : std::uint8_t {
    undefined = 0x00,
    null = 0x01,
    no = 0x02,
    yes = 0x03,
    integer = 0x04,
    number = 0x05,
    string = 0x06,
    xml_document = 0x07,
    date = 0x08,
    array = 0x09,
    object = 0x0a,
    xml = 0x0b,
    byte_array = 0x0c,
};

/// One descent through one message: the reader, what was said, and what is left of the limits.
class Descent {
  public:
    Descent(base::ByteReader& reader, const amf0::Limits& limits, std::size_t& values, Tables& tables) noexcept
        : reader_(reader), limits_(limits), values_(values), tables_(tables) {}

    Result<Value> value(std::size_t depth);

  private:
    using Kind = Result<Value> (Descent::*)(std::size_t head, std::size_t depth);

    Result<std::uint32_t> u29();
    Result<Value> integer();
    Result<std::string> text(std::size_t size);
    Result<std::string> string();
    Result<Value> complex(std::size_t depth, Kind read);
    Result<Value> said_before(std::size_t index, std::size_t depth);
    Result<Value> bytes(std::size_t size, std::size_t depth);
    Result<Value> date(std::size_t head, std::size_t depth);
    Result<Value> array(std::size_t count, std::size_t depth);
    Result<Value> object(std::size_t head, std::size_t depth);
    Result<Traits> traits(std::size_t head);
    Result<void> named(Object& object, std::size_t depth);
    Result<void> count_text(std::size_t size);
    Result<void> count(const Value& value, std::size_t depth);
    Result<void> count(const Object& object, std::size_t depth);

    base::ByteReader& reader_;
    const amf0::Limits& limits_;
    std::size_t& values_;
    Tables& tables_;
};

/// 1.3.1: seven bits in each of the first three bytes that have the highest set, and eight in the fourth.
Result<std::uint32_t> Descent::u29() {
    std::uint32_t value = 0;
    for (int i = 0; i < 3; ++i) {
        const std::uint32_t byte = TRY(reader_.u8());
        value = value << 7U | (byte & 0x7fU);
        if (byte < 0x80) return value;
    }
    return value << 8U | TRY(reader_.u8());
}

/// 3.6: of 29 bits the highest is the sign.
Result<Value> Descent::integer() {
    const auto bits = static_cast<std::int32_t>(TRY(u29()));
    constexpr std::int32_t half = 1 << 28;
    return Value(static_cast<double>(bits < half ? bits : bits - 2 * half));
}

Result<void> Descent::count_text(std::size_t size) {
    tables_.text += size;
    if (size > limits_.string.bytes()) return fail(ErrorKind::too_large, "an AMF3 string is longer than allowed");
    if (tables_.text > limits_.text.bytes())
        return fail(ErrorKind::too_large, "the AMF3 values of a message have more text than allowed");
    return {};
}

Result<std::string> Descent::text(std::size_t size) {
    TRY(count_text(size));
    return std::string(TRY(reader_.text(size)));
}

/// 1.3.2: the empty string is never referred to.
Result<std::string> Descent::string() {
    const std::uint32_t head = TRY(u29());
    const std::size_t rest = head >> 1U;
    if ((head & 1U) == 0) {
        if (rest >= tables_.strings.size())
            return fail(ErrorKind::malformed, "AMF3 refers to a string that was not there");
        TRY(count_text(tables_.strings[rest].size()));
        return tables_.strings[rest];
    }
    std::string said = TRY(text(rest));
    if (!said.empty()) tables_.strings.push_back(said);
    return said;
}

/// What has a place in the table of objects (2.2), from where it begins on: what is within it comes behind.
Result<Value> Descent::complex(std::size_t depth, Kind read) {
    const std::uint32_t head = TRY(u29());
    if ((head & 1U) == 0) return said_before(head >> 1U, depth);
    const std::size_t index = tables_.objects.size();
    tables_.objects.emplace_back();
    Value value = TRY((this->*read)(head >> 1U, depth));
    tables_.objects[index] = value;
    return value;
}

Result<Value> Descent::said_before(std::size_t index, std::size_t depth) {
    if (index >= tables_.objects.size())
        return fail(ErrorKind::malformed, "AMF3 refers to an object that was not there");
    const std::optional<Value>& said = tables_.objects[index];
    if (!said) return fail(ErrorKind::unsupported, "an AMF3 object is within itself");
    --values_;  // the reference itself, which is none
    TRY(count(*said, depth));
    return *said;
}

/// 3.9, 3.13 and 3.14: XML as it is written, and bytes.
Result<Value> Descent::bytes(std::size_t size, std::size_t /*depth*/) { return Value(TRY(text(size))); }

/// 3.10: the time is UTC.
Result<Value> Descent::date(std::size_t /*head*/, std::size_t /*depth*/) {
    return Value(amf0::Date{.milliseconds = TRY(reader_.f64()), .zone = 0});
}

/// 3.11: first what has names, then what has none. The count is a claim: nothing is reserved for it.
Result<Value> Descent::array(std::size_t count, std::size_t depth) {
    Object names;
    TRY(named(names, depth));
    amf0::StrictArray array;
    for (std::size_t i = 0; i < count; ++i) {
        Value element = TRY(value(depth + 1));
        if (names.properties.empty()) array.values.push_back(std::move(element));
        else names.properties.push_back({std::to_string(i), std::move(element)});
    }
    if (names.properties.empty()) return Value(std::move(array));
    return Value(amf0::EcmaArray{std::move(names)});
}

/// 3.12. `head` is the U29 without its lowest bit.
Result<Value> Descent::object(std::size_t head, std::size_t depth) {
    const Traits made_of = TRY(traits(head));
    Object object;
    for (const std::string& name : made_of.sealed) {
        TRY(count_text(name.size()));
        object.properties.push_back({name, TRY(value(depth + 1))});
    }
    if (made_of.is_dynamic) TRY(named(object, depth));
    return Value(std::move(object));
}

Result<Traits> Descent::traits(std::size_t head) {
    if ((head & 1U) == 0) {
        const std::size_t index = head >> 1U;
        if (index < tables_.traits.size()) return tables_.traits[index];
        return fail(ErrorKind::malformed, "AMF3 refers to traits that were not there");
    }
    if ((head & 2U) != 0) return fail(ErrorKind::unsupported, "an AMF3 object is written as its class alone knows");
    Traits made_of{.is_dynamic = (head & 4U) != 0};
    (void)TRY(string());  // the name of the class
    const std::size_t sealed = head >> 3U;
    if (sealed > limits_.values) return fail(ErrorKind::too_large, "an AMF3 class has more members than allowed");
    for (std::size_t i = 0; i < sealed; ++i) made_of.sealed.push_back(TRY(string()));
    tables_.traits.push_back(made_of);
    return made_of;
}

/// Names and values up to the empty name.
Result<void> Descent::named(Object& object, std::size_t depth) {
    while (true) {
        std::string name = TRY(string());
        if (name.empty()) return {};
        object.properties.push_back({std::move(name), TRY(value(depth + 1))});
    }
}

Result<void> Descent::count(const Object& object, std::size_t depth) {
    for (const amf0::Property& property : object.properties) {
        TRY(count_text(property.name.size()));
        TRY(count(property.value, depth + 1));
    }
    return {};
}

/// What is referred to, as if it was said again.
Result<void> Descent::count(const Value& value, std::size_t depth) {
    if (depth > limits_.depth) return fail(ErrorKind::too_large, "AMF3 values are nested deeper than allowed");
    if (++values_ > limits_.values)
        return fail(ErrorKind::too_large, "a message with AMF3 has more values than allowed");
    if (value.string() != nullptr) return count_text(value.string()->size());
    if (value.object() != nullptr) return count(*value.object(), depth);
    if (value.array() == nullptr) return {};
    for (const Value& element : value.array()->values) TRY(count(element, depth + 1));
    return {};
}

Result<Value> Descent::value(std::size_t depth) {
    TRY(count(Value(), depth));
    switch (static_cast<Marker>(TRY(reader_.u8()))) {
        case Marker::undefined: return Value(amf0::Undefined{});
        case Marker::null: return Value(amf0::Null{});
        case Marker::no: return Value(false);
        case Marker::yes: return Value(true);
        case Marker::integer: return integer();
        case Marker::number: return Value(TRY(reader_.f64()));
        case Marker::string: return Value(TRY(string()));
        case Marker::date: return complex(depth, &Descent::date);
        case Marker::array: return complex(depth, &Descent::array);
        case Marker::object: return complex(depth, &Descent::object);
        case Marker::xml_document:
        case Marker::xml:
        case Marker::byte_array: return complex(depth, &Descent::bytes);
    }
    return fail(ErrorKind::unsupported, "an AMF3 value is of a type that is not known here");
}

}  // namespace

Result<Value> parse(base::ByteReader& reader, const amf0::Limits& limits, std::size_t depth, std::size_t& values,
                    Tables& tables) {
    return Descent(reader, limits, values, tables).value(depth);
}

}  // namespace weir::format::amf3
