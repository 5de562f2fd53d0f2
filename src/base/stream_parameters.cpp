#include "base/stream_parameters.hpp"

#include "base/url.hpp"

#include <algorithm>

namespace weir::base {

void StreamParameters::take(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (name == "token" && token_.empty()) token_ = percent_decoded(value);
    if (name == "backup" && !backup_) backup_ = value == "1";
}

void StreamParameters::take_query(std::string_view query) {
    while (!query.empty()) {
        const std::string_view field = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(field.size() + 1, query.size()));
        if (const std::size_t equals = field.find('='); equals != std::string_view::npos)
            take(field.substr(0, equals), field.substr(equals + 1));
    }
}

}  // namespace weir::base
