#include "config/reference.hpp"
#include "config/config.hpp"
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace weir::config {
namespace {

TEST(Reference, EveryKeyIsDocumentedOnce) {
    const std::string page = reference_page();
    const Config config;
    config.fields([&](std::string_view section, const auto& member, const Key&) {
        EXPECT_TRUE(page.contains("\n## " + std::string(section) + "\n")) << section;
        if constexpr (base::HasFields<std::decay_t<decltype(member)>>) {
            member.fields([&](std::string_view key, const auto&, const Key& about, const auto&...) {
                EXPECT_FALSE(about.help.empty()) << section << "." << key;
                EXPECT_TRUE(page.contains("\n| `" + std::string(key) + "` | ")) << section << "." << key;
            });
        }
    });
    EXPECT_TRUE(page.contains("\n| `segment` | `6s` | duration, 1s to 30s | "));
    EXPECT_TRUE(page.contains("\n| `ladder` | `standard` | text | "));
    EXPECT_TRUE(page.contains("| at once | yes; not yet `on_demand` |\n"));
    EXPECT_TRUE(page.contains("| for streams that start afterwards | not yet (`cpu` is) |\n"));
    EXPECT_TRUE(page.contains("    - { name: 720p, height: 720, bitrate: 2500k }\n"));
}

TEST(Reference, EveryLineOfATableHasAllItsColumns) {
    std::istringstream page(reference_page());
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("| ")) {
            EXPECT_EQ(std::ranges::count(line, '|'), 7) << line;
            EXPECT_TRUE(line.ends_with(" |")) << line;
        }
    }
}

TEST(Reference, ItsExamplesLoad) {
    const std::string page = reference_page();
    const std::regex example("```yaml\n([^`]*)```");
    int count = 0;
    for (std::sregex_iterator found(page.begin(), page.end(), example), end; found != end; ++found, ++count) {
        const auto loaded = load({.text = (*found)[1]});
        EXPECT_TRUE(loaded.has_value()) << loaded.error().front().text();
    }
    EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace weir::config
