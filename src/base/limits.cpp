#include "base/limits.hpp"

namespace weir::base {

namespace {

void append_row(std::string& page, const LimitRow& row) {
    page += "| `" + row.name + "` | " + row.what + " | " + row.value + " | " + row.at_limit + " | ";
    page += row.metric.empty() ? "" : "`" + row.metric + "`";
    page += " |\n";
}

}  // namespace

std::string limits_page(std::span<const LimitTable> tables) {
    std::string page =
        "# Limits\n\n"
        "Every queue, cache, buffer, message and name has a limit, a rule for what happens there, and a "
        "metric that counts it.\n"
        "This page is made from the `Limits` structs of the code; do not edit it.\n";
    for (const LimitTable& table : tables) {
        page += "\n## " + table.unit + "\n\n";
        page += "| limit | of what | default | at the limit | metric |\n| --- | --- | --- | --- | --- |\n";
        for (const LimitRow& row : table.rows) {
            append_row(page, row);
        }
    }
    return page;
}

}  // namespace weir::base
