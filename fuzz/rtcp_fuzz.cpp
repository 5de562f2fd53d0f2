// What anybody can send to an RTCP port: never a crash, and what parses, writes back equal.
#include "format/rtcp.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace rtcp = weir::format::rtcp;
    const auto messages = rtcp::parse({data, size});
    if (!messages || messages->empty()) return 0;
    weir::base::ByteWriter out;
    for (const rtcp::Message& message : *messages) rtcp::write(message, out);
    const auto again = rtcp::parse(out.view());
    if (!again || *again != *messages) std::abort();
    return 0;
}
