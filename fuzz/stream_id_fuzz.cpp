// Stream names: what is accepted is written back equal, and is harmless in a path, a log line and a page.
#include "base/bytes.hpp"
#include "base/escape.hpp"
#include "base/stream_id.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto must = [](bool held) {
        if (!held) {
            std::abort();
        }
    };
    const std::string_view text = weir::base::as_text({data, size});
    const auto id = weir::base::parse_stream_id(text);
    if (!id) {
        must(!id.error().text.empty());
        return 0;
    }
    must(id->text() == text && weir::base::parse_stream_id(id->text()) == *id);
    must(text.size() <= 129 && std::ranges::count(text, '/') == 1);
    must(!text.starts_with('.') && !text.contains("/.") &&
         text.find_first_of("<>&\"'%?#\\ \n\r\t") == std::string_view::npos);
    std::string escaped;
    weir::base::append_escaped(escaped, text);
    must(escaped == text);
    return 0;
}
