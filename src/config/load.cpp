#include "config/load.hpp"

#include "config/consistency.hpp"
#include "config/reader.hpp"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <tuple>

namespace weir::config {

namespace {

constexpr std::string_view variable_prefix = "WEIR_";

/// `streams.cam/*.ladder` -> {streams, cam/*, ladder}: the names of streams may hold dots.
std::vector<std::string> split_key(std::string_view key) {
    std::vector<std::string> path;
    const bool of_streams = key.starts_with("streams.");
    while (true) {
        const std::size_t dot = of_streams && path.size() == 1 ? key.rfind('.') : key.find('.');
        path.emplace_back(key.substr(0, dot));
        if (dot == std::string_view::npos) {
            return path;
        }
        key.remove_prefix(dot + 1);
    }
}

/// `HTTP__LISTEN` -> {http, listen}.
std::vector<std::string> split_variable(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    std::vector<std::string> path;
    for (std::string_view rest = lower;;) {
        const std::size_t cut = rest.find("__");
        path.emplace_back(rest.substr(0, cut));
        if (cut == std::string_view::npos) {
            return path;
        }
        rest.remove_prefix(cut + 2);
    }
}

/// The section whose name and one underscore `word` starts with; empty when there is none.
std::string_view section_before_underscore(std::string_view word) {
    std::string_view found;
    const Config config;
    config.fields([&](std::string_view name, const auto&...) {
        if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '_') {
            found = name;
        }
    });
    return found;
}

bool is_section(std::string_view word) {
    bool found = false;
    const Config config;
    config.fields([&](std::string_view name, const auto&...) { found = found || name == word; });
    return found;
}

class Loader {
  public:
    void file(const Sources& sources) {
        Reader reader(sources.file, problems, origins_);
        const auto document = parse_document(sources.text);
        if (!document) {
            reader.complain(document.error().place, "", {.what = document.error().what, .mend = {}});
            return;
        }
        reader.read(*document, config);
        std::ranges::sort(problems, {},
                          [](const Problem& problem) { return std::tie(problem.line, problem.column, problem.what); });
    }

    /// Variables that are not of the configuration (WEIR_IO) have no `__` and no section's name in front.
    void variable(const std::string& name, const std::string& value) {
        const auto path = split_variable(std::string_view(name).substr(variable_prefix.size()));
        Reader reader(name, problems, origins_);
        if (path.size() > 1 || is_section(path.front())) {
            reader.read(nested(path, value), config);
        } else if (const auto section = section_before_underscore(path.front()); !section.empty()) {
            std::string mended = name;
            mended.insert(variable_prefix.size() + section.size(), "_");
            reader.complain(
                {}, "",
                {.what = "is no key of the configuration", .mend = "did you mean " + mended + "? (two underscores)"});
        }
    }

    void setting(const std::string& text) {
        const std::size_t equals = text.find('=');
        Reader reader("--set", problems, origins_);
        if (equals == std::string::npos) {
            reader.complain({}, "",
                            {.what = quoted(text) + " sets nothing",
                             .mend = "write --set key.sub=value, as in --set http.listen=:8081"});
            return;
        }
        reader.read(nested(split_key(std::string_view(text).substr(0, equals)), text.substr(equals + 1)), config);
    }

    std::expected<Config, Problems> finish() {
        check_consistency(config, origins_, problems);
        if (!problems.empty()) {
            return std::unexpected(std::move(problems));
        }
        return std::move(config);
    }

    Config config;
    Problems problems;

  private:
    Origins origins_;
};

}  // namespace

std::expected<Config, Problems> load(const Sources& sources) {
    Loader loader;
    loader.file(sources);
    for (const auto& [name, value] : sources.environment) {
        if (name.starts_with(variable_prefix)) {
            loader.variable(name, value);
        }
    }
    for (const std::string& setting : sources.settings) {
        loader.setting(setting);
    }
    return loader.finish();
}

std::expected<Sources, Problem> read_sources(const std::string& file, std::vector<std::string> settings) {
    Sources sources{.file = file, .settings = std::move(settings)};
    if (!file.empty()) {
        std::ifstream stream(file, std::ios::binary);
        // One byte more than is allowed: enough for the loader to see that it is too much.
        sources.text.resize(largest_document.bytes() + 1);
        stream.read(sources.text.data(), static_cast<std::streamsize>(sources.text.size()));
        if (!stream.is_open() || stream.bad()) {
            return std::unexpected(Problem{.source = file,
                                           .what = "cannot be read: " + std::string(std::strerror(errno)),
                                           .mend = "name a file with -c, or give none"});
        }
        sources.text.resize(static_cast<std::size_t>(stream.gcount()));
    }
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::size_t equals = text.find('=');
        if (text.starts_with(variable_prefix) && equals != std::string_view::npos) {
            sources.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return sources;
}

}  // namespace weir::config
