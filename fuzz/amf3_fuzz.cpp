// Properties: never a crash, however the values nest and refer to each other; no more comes of a message than its limits allow; and what
// is read means the same in AMF0.
#include "format/amf3.hpp"

#include <cstdlib>
#include <vector>

namespace {

using namespace weir;
using format::amf0::Value;

std::size_t count(const Value& value) {
    std::size_t values = 1;
    if (const auto* object = value.object())
        for (const format::amf0::Property& property : object->properties) values += count(property.value);
    if (const auto* array = value.array())
        for (const Value& element : array->values) values += count(element);
    return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const format::amf0::Limits limits;
    base::ByteReader reader(base::ByteView(data, size));
    format::amf3::Tables tables;
    std::size_t counted = 0;
    std::size_t values = 0;
    while (!reader.at_end()) {
        const auto value = format::amf3::parse(reader, limits, 0, counted, tables);
        if (!value) return 0;
        values += count(*value);
        if (values != counted || values > limits.values) std::abort();
        base::ByteWriter out;
        format::amf0::write(*value, out);
        const auto again = format::amf0::parse(out.view());
        if (!again || again->size() != 1 || again->front() != *value) std::abort();
    }
    return 0;
}
