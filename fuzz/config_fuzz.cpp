// The configuration loader: any text is either a configuration or problems, never a crash; what it accepts loads the same
// twice and differs from itself in nothing; what it complains of fits on one line each.
#include "base/bytes.hpp"
#include "config/difference.hpp"
#include "config/load.hpp"
#include "config/streams.hpp"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto must = [](bool held) {
        if (!held) {
            std::abort();
        }
    };
    // The first line is given to --set, the rest is the file.
    const std::string_view text = weir::base::as_text({data, size});
    const std::size_t end = text.find('\n');
    weir::config::Sources sources{.file = "weir.yaml", .text = {}};
    if (end != std::string_view::npos) {
        sources.text = text.substr(end + 1);
    }
    if (end != 0 && !text.empty()) {
        sources.settings.emplace_back(text.substr(0, end));
    }
    const auto loaded = weir::config::load(sources);
    if (loaded) {
        must(weir::config::load(sources) == loaded);
        must(weir::config::difference(*loaded, *loaded).empty());
        (void)weir::config::difference({}, *loaded);
        (void)weir::config::options_for(*loaded, "live/demo");
        return 0;
    }
    must(!loaded.error().empty());
    for (const auto& problem : loaded.error()) {
        must(!problem.what.empty() && !problem.text().contains('\n'));
    }
    return 0;
}
