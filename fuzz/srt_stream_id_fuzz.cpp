// Stream ids of SRT: never a crash; what is understood names what may be named, and says the same again in the other style.
#include "base/bytes.hpp"
#include "proto/srt/stream_id.hpp"

#include <cstdlib>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::srt;

void require(bool property) {
    if (!property) std::abort();
}

std::string encoded(std::string_view token) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char character : token) {
        const auto byte = static_cast<unsigned char>(character);
        text += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto request = parse_request(base::as_text({data, size}));
    if (!request) {
        require(!request.error().text.empty());
        return 0;
    }
    require(base::parse_stream_id(request->stream.text()) == request->stream);
    require(request->rung.empty() || (base::check_name(request->rung) && request->purpose == Purpose::play));
    const std::string what = request->stream.text() + (request->rung.empty() ? "" : "/" + request->rung);
    const std::string mode = request->purpose == Purpose::publish ? "publish" : "request";
    const std::string token = encoded(request->token);
    const std::string backup = request->is_backup ? "1" : "0";
    for (const std::string& again : {mode + ":" + what + "?token=" + token + "&backup=" + backup,
                                     "#!::m=" + mode + ",r=" + what + ",token=" + token + ",backup=" + backup})
        require(again.size() > longest_stream_id || parse_request(again) == *request);
    return 0;
}
