// Properties: never a crash, however the values nest; whatever parses writes back as an equal value.
#include "format/amf0.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    const auto values = format::amf0::parse(base::ByteView(data, size));
    if (!values) {
        return 0;
    }
    base::ByteWriter out;
    for (const format::amf0::Value& value : *values) {
        format::amf0::write(value, out);
    }
    const auto again = format::amf0::parse(out.view());
    if (!again || *again != *values) {
        std::abort();
    }
    return 0;
}
