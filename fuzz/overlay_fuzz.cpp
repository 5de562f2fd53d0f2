// What the API has set for streams, as it is kept: any text is an overlay or problems, never a crash; what is read and written again says
// the same; and an entry is laid over a configuration whole, or leaves it as it was and says why.
#include "base/bytes.hpp"
#include "config/overlay.hpp"
#include "config/streams.hpp"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::config;
    const auto must = [](bool held) {
        if (!held) {
            std::abort();
        }
    };
    const auto overlay = parse_overlay("streams.json", weir::base::as_text({data, size}));
    if (!overlay) {
        must(!overlay.error().empty());
        for (const Problem& problem : overlay.error()) must(!problem.what.empty() && !problem.text().contains('\n'));
        return 0;
    }
    const std::string text = print_overlay(*overlay);
    // Keys may be longer than a parser of YAML takes them; the book looks before it keeps.
    if (const auto again = parse_overlay("streams.json", text)) must(print_overlay(*again) == text);
    for (const auto& [id, entry] : overlay->streams) {
        Config config;
        const Problems problems = lay_over(config, id, entry, "streams.json");
        must(problems.empty() || config == Config{});
        (void)changed_options(options_for(Config{}, id), options_for(config, id));
    }
    return 0;
}
