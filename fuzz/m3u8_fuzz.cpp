// Playlists from strangers: never a crash, and what parses is written and parsed again as the same.
#include "base/bytes.hpp"
#include "format/m3u8_parser.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace m3u8 = weir::format::m3u8;
    const auto playlist = m3u8::parse(weir::base::as_text({data, size}));
    if (!playlist) return 0;
    const auto again = m3u8::parse(std::visit([](const auto& value) { return m3u8::write(value); }, *playlist));
    if (!again || *again != *playlist) std::abort();
    return 0;
}
