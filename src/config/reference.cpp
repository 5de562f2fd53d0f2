#include "config/reference.hpp"

#include "config/check.hpp"
#include "config/config.hpp"
#include "config/difference.hpp"

namespace weir::config {

namespace {

constexpr std::string_view introduction = R"(# Configuration

One YAML file, given with `weir serve -c weir.yaml`. Every key has a default, so an empty file is a working server. This page
is made from the structs of `src/config`; do not edit it.

- A variable `WEIR_HTTP__LISTEN=:8081` overrides `http.listen` of the file (section and key in capitals, two underscores
  between them), and `--set http.listen=:8081` overrides both.
- Durations are written `30ms`, `6s`, `2h`; bit rates `2500k`, `5M`; sizes `600MiB`, `2GiB`; addresses to listen on `:8080`
  (every address, IPv4 and IPv6), `127.0.0.1:8080`, `[::1]:8080`, or `""` for none.
- `weir check` tells everything that is wrong in a file, with the line and the mend.
- A running server reads the file again when it changes and on SIGHUP. The tables say when a change takes effect. Running
  streams and viewers are never dropped by it.
- A key marked "not yet" is part of the contract and not of this version: it may only hold its default.
)";

constexpr std::string_view about_streams = R"(
`defaults` hold for every stream. Below it stand rules by name: first the patterns, in order, where `*` is any run of
characters and of two rules that set the same key the last wins; then the rule of the exact stream.

```yaml
streams:
  defaults: { hold: 30s }
  "cam/*": { ladder: none, segment: 4s }
  "cam/gate": { takeover: replace }
```
)";

template <typename T>
std::string kind_of() {
    if constexpr (NamedEnum<T>) {
        static constexpr auto names = enumerator_names(T{});
        std::string out;
        for (const std::string_view name : names) {
            out += (out.empty() ? "`" : ", `") + std::string(name) + "`";
        }
        return out;
    } else if constexpr (std::same_as<T, bool>) {
        return "`true`, `false`";
    } else if constexpr (std::same_as<T, std::uint32_t> || std::same_as<T, double>) {
        return "number";
    } else if constexpr (std::same_as<T, milliseconds>) {
        return "duration";
    } else if constexpr (std::same_as<T, base::ByteCount>) {
        return "size";
    } else if constexpr (std::same_as<T, base::BitRate>) {
        return "bit rate";
    } else if constexpr (std::same_as<T, ListenAddress>) {
        return "address to listen on";
    } else if constexpr (std::same_as<T, ThreadCount>) {
        return "`auto` or a number";
    } else if constexpr (std::same_as<T, ReturnTime>) {
        return "duration or `never`";
    } else if constexpr (std::same_as<T, BackupSource>) {
        return "stream or list";
    } else if constexpr (std::same_as<T, std::string>) {
        return "text";
    } else if constexpr (std::same_as<T, EmptyMapping>) {
        return "mapping";
    } else {
        return "list";
    }
}

template <typename T>
std::string print_default(const T& value) {
    if constexpr (std::same_as<T, std::string> || Scalar<T>) {
        return written(print_value(value));
    } else if constexpr (std::same_as<T, EmptyMapping>) {
        return "{}";
    } else {
        return "[]";
    }
}

template <typename T>
std::string print_range(const Range<T>& range) {
    return ", " + print_value(range.least) + " to " + print_value(range.most);
}

std::string print_served(const Key& key) {
    if (key.served == Served::yes && key.unserved.empty()) {
        return "yes";
    }
    if (key.served == Served::yes) {
        std::string values;
        for (const std::string_view value : key.unserved) {
            values += (values.empty() ? "`" : ", `") + std::string(value) + "`";
        }
        return "yes; not yet " + values;
    }
    return key.also ? "not yet (`" + written(std::string(*key.also)) + "` is)" : "not yet";
}

/// One line per key of `fields`.
template <base::HasFields T>
std::string table(const T& defaults) {
    std::string out =
        "\n| key | default | value | what it does | a change takes effect | served |\n| --- | --- | --- "
        "| --- | --- | --- |\n";
    defaults.fields([&](std::string_view name, const auto& member, const Key& key, const auto&... range) {
        std::string kind = kind_of<std::decay_t<decltype(member)>>();
        ((kind += print_range(range)), ...);
        out += "| `" + std::string(name) + "` | `" + print_default(member) + "` | " + kind + " | " +
               std::string(key.help) + " | " + std::string(describe(key.change)) + " | " + print_served(key) + " |\n";
    });
    return out;
}

std::string describe_section(const std::vector<Hook>&) { return table(Hook{}); }
std::string describe_section(const Streams& streams) { return std::string(about_streams) + table(streams.defaults); }
std::string describe_section(const std::map<std::string, Ladder>& ladders) {
    std::string out = table(Rung{}) + "\nThe default:\n\n```yaml\nladders:\n";
    for (const auto& [name, ladder] : ladders) {
        out += "  " + name + ":\n";
        for (const Rung& rung : ladder) {
            out += "    - { name: " + rung.name + ", height: " + print_value(rung.height) +
                   ", bitrate: " + print_value(rung.bitrate) + " }\n";
        }
    }
    return out + "```\n";
}
std::string describe_section(const base::HasFields auto& section) { return table(section); }

}  // namespace

std::string reference_page() {
    std::string page(introduction);
    const Config defaults;
    defaults.fields([&](std::string_view name, const auto& section, const Key& key) {
        page += "\n## " + std::string(name) + "\n\n" + std::string(key.help) + "\n";
        if (key.served == Served::no) {
            page += "Not served by this version yet.\n";
        }
        page += describe_section(section);
    });
    return page;
}

}  // namespace weir::config
