#include "api/stream_options.hpp"

#include "config/difference.hpp"

#include <algorithm>

namespace weir::api {

namespace json = boost::json;
using config::DocumentNode;

namespace {

constexpr std::string_view hidden = "(secret)";

template <typename T>
json::value json_of(const T& value) {
    if constexpr (std::same_as<T, bool> || std::same_as<T, std::uint32_t> || std::same_as<T, double>) return value;
    else if constexpr (config::Scalar<T>) return json::string(config::print_value(value));
    else {
        json::array list;
        for (const std::string& item : value) list.emplace_back(item);
        return list;
    }
}

// Without what the encoder chooses.
json::object json_of_rung(const config::Rung& rung) {
    json::object object;
    const config::Rung usual;
    std::vector<json::value> defaults;
    usual.fields([&](std::string_view, const auto& member, const auto&...) { defaults.push_back(json_of(member)); });
    auto usually = defaults.begin();
    rung.fields([&](std::string_view key, const auto& member, const auto&...) {
        json::value value = json_of(member);
        if (value != *usually++) object[key] = std::move(value);
    });
    return object;
}

json::array json_of_ladder(const config::Ladder& ladder) {
    json::array rungs;
    for (const config::Rung& rung : ladder) rungs.push_back(json_of_rung(rung));
    return rungs;
}

bool is_secret(std::string_view key) {
    bool secret = false;
    const config::StreamOptions options;
    options.fields([&](std::string_view name, const auto&, const config::Key& about, const auto&...) {
        secret = secret || (name == key && about.secret);
    });
    return secret;
}

json::value json_of_node(const DocumentNode& node) {
    using enum DocumentNode::Kind;
    if (node.kind == nothing) return nullptr;
    if (node.kind == text) return json::string(node.text);
    if (node.kind == list) {
        json::array array;
        for (const DocumentNode& item : node.items) array.push_back(json_of_node(item));
        return array;
    }
    json::object object;
    for (const DocumentNode& item : node.items)
        object[item.key] = is_secret(item.key) ? json::value(hidden) : json_of_node(item);
    return object;
}

json::object json_of_options(const config::StreamOptions& options, const config::Config& config) {
    json::object object;
    options.fields([&](std::string_view key, const auto& member, const config::Key& about, const auto&...) {
        json::value value = json_of(member);
        const bool is_empty = value == json::value("") || value == json::value(json::array());
        object[key] = about.secret && !is_empty ? json::value(hidden) : std::move(value);
    });
    const auto ladder = config.ladders.find(options.ladder);
    if (config::is_own_ladder(options.ladder) && ladder != config.ladders.end())
        object["ladder"] = json_of_ladder(ladder->second);
    return object;
}

}  // namespace

json::object describe_options(const std::string& stream, const config::Config& config, const config::Overlay& overlay) {
    const auto entry = overlay.streams.find(stream);
    json::object object{{"id", stream}, {"options", json_of_options(config::options_for(config, stream), config)}};
    object["set"] = entry != overlay.streams.end() ? json_of_node(entry->second.options) : json::object();
    return object;
}

json::object describe_changes(const std::vector<config::ChangedOption>& changed) {
    json::object object;
    for (const config::ChangedOption& option : changed)
        object[option.key] =
            json::object{{"to", config::is_own_ladder(option.to) ? json::string("(its own)") : json::string(option.to)},
                         {"effect", config::describe(option.change)}};
    return object;
}

}  // namespace weir::api
