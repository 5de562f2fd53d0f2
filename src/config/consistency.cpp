#include "config/consistency.hpp"

#include "base/address_policy.hpp"
#include "config/check.hpp"
#include "config/source_address.hpp"
#include "config/streams.hpp"

#include <span>

namespace weir::config {

namespace {

class Checker {
  public:
    Checker(const Origins& origins, Problems& problems) : origins_(origins), problems_(problems) {}

    /// Told at the first of `keys` that somebody wrote; not at all when one of them is wrong by itself.
    void complain(const std::vector<std::string>& keys, std::string what, std::string mend) {
        const auto is_wrong = [&](const std::string& key) {
            return std::ranges::find(problems_, key, &Problem::key) != problems_.end();
        };
        if (std::ranges::any_of(keys, is_wrong)) {
            return;
        }
        Problem problem{.key = keys.front(), .what = std::move(what), .mend = std::move(mend)};
        for (const std::string& key : keys) {
            if (const auto origin = origins_.find(key); origin != origins_.end()) {
                problem.source = origin->second.source;
                problem.line = origin->second.place.line;
                problem.column = origin->second.place.column;
                problem.key = key;
                break;
            }
        }
        problems_.push_back(std::move(problem));
    }

    void check_auth(const Auth& auth) {
        if (auth.publish == PublishAccess::key && auth.keys.empty()) {
            complain({"auth.publish", "auth.keys"}, "is key, and there are no keys: nobody could publish",
                     "write one into auth.keys, or choose loopback or any");
        }
        for (const std::string& key : auth.keys) {
            if (!is_legal_key(key)) {
                complain({"auth.keys"}, "one of the keys cannot stand in an address",
                         "write 1 to 256 visible ASCII characters, without & # ? and %");
                return;
            }
        }
    }

    void check_listeners(const Config& config) {
        struct Row {
            const char* key;
            const char* name;
            const ListenAddress& address;
        };
        const Row rows[] = {
            {"http.listen", "HTTP", config.http.listen},          {"rtmp.listen", "RTMP", config.rtmp.listen},
            {"rtsp.listen", "RTSP", config.rtsp.listen},          {"http.tls_listen", "HTTPS", config.http.tls_listen},
            {"rtmp.tls_listen", "RTMPS", config.rtmp.tls_listen}, {"rtsp.tls_listen", "RTSPS", config.rtsp.tls_listen}};
        // Without a certificate the latter three are closed.
        const std::span<const Row> opened = std::span(rows).first(config.http.certificate.empty() ? 3 : 6);
        for (const Row& one : opened)
            for (const Row& other : opened)
                if (&one < &other && collide(one.address, other.address)) {
                    complain({other.key, one.key},
                             std::string(one.name) + " and " + other.name + " cannot both listen on port " +
                                 std::to_string(one.address.port),
                             "give one of them another port");
                }
    }

    void check_passphrase(const std::string& passphrase, const std::vector<std::string>& keys) {
        if (passphrase.empty() || (passphrase.size() >= 10 && passphrase.size() <= 79)) {
            return;
        }
        complain(keys, "a passphrase of " + std::to_string(passphrase.size()) + " characters is none of SRT",
                 "write 10 to 79 characters, or nothing");
    }

    void check_certificate(const Http& http) {
        if (http.certificate.empty() == http.key.empty()) {
            return;
        }
        const bool has_key = !http.key.empty();
        complain({has_key ? "http.key" : "http.certificate"},
                 has_key ? "there is no certificate to this key" : "there is no key to this certificate",
                 has_key ? "write http.certificate, the PEM file with the chain"
                         : "write http.key, the PEM file with its private key");
    }

    void check_pull(const Pulls& pull) {
        for (const std::string& text : pull.addresses) {
            if (const auto network = base::parse_ip_network(text); !network) {
                complain({"pull.addresses"}, quoted(text) + " is no address and no network",
                         std::string(network.error().text));
                return;
            }
        }
    }

    /// `key`: "source" or "backup", whose addresses they are.
    void check_addresses(const Config& config, const AddressList& list, std::string_view key, const std::string& path) {
        if (config.pull.files.empty() && std::ranges::any_of(list.addresses, is_file_source)) {
            complain({path + "." + std::string(key), path}, "plays files, and there is no folder of files",
                     "write pull: { files: FOLDER }");
        }
    }

    void check_stream(const StreamOptions& options, const std::string& path) {
        if (options.part > options.segment) {
            complain({path + ".part", path + ".segment", path},
                     "a part of " + print_value(options.part) + " does not fit into a segment of " +
                         print_value(options.segment),
                     "write a part that is no longer than the segment");
        }
        if (options.window < 3 * options.segment) {
            complain({path + ".window", path + ".segment", path},
                     "a window of " + print_value(options.window) + " holds fewer than three segments of " +
                         print_value(options.segment),
                     "write a window of at least " + print_value(3 * options.segment));
        }
    }

    void check_backup(const Config& config, const BackupSource& backup, const std::string& stream,
                      const std::string& path) {
        check_addresses(config, backup.fetched, "backup", path);
        if (!backup.stream.empty() && backup.stream == stream) {
            complain({path + ".backup", path}, "a stream cannot be its own backup", "write another stream");
        }
    }

    void check_rule(const Config& config, const StreamRule& rule) {
        const std::string path = "streams." + rule.pattern;
        // A pattern matches itself, and so do the wider ones before it: these are the options that it ends in.
        const auto find = [&](std::string_view key) -> const std::string* {
            const auto found = std::ranges::find(rule.settings, key, &StreamRule::Setting::key);
            return found != rule.settings.end() ? &found->value : nullptr;
        };
        if (find("segment") || find("part") || find("window")) check_stream(options_for(config, rule.pattern), path);
        if (const auto* source = find("source"))
            check_addresses(config, parse_value<AddressList>(*source).value_or(AddressList{}), "source", path);
        if (const auto* backup = find("backup"))
            check_backup(config, parse_value<BackupSource>(*backup).value_or(BackupSource{}), rule.pattern, path);
        if (const auto* ladder = find("ladder")) check_ladder(config, *ladder, path);
        if (const auto* passphrase = find("passphrase")) check_passphrase(*passphrase, {path + ".passphrase", path});
    }

    void check_ladder(const Config& config, const std::string& name, const std::string& path) {
        if (name == "none" || config.ladders.contains(name)) {
            return;
        }
        std::vector<std::string_view> names = {"none"};
        for (const auto& [known, ladder] : config.ladders) {
            if (!is_own_ladder(known)) names.push_back(known);
        }
        complain({path + ".ladder", path}, "there is no ladder " + quoted(name), suggest(name, names));
    }

  private:
    static bool collide(const ListenAddress& one, const ListenAddress& other) {
        const bool same_host = one.host == other.host || one.host.empty() || other.host.empty();
        return one.enabled && other.enabled && one.port == other.port && one.port != 0 && same_host;
    }
    static bool is_legal_key(std::string_view key) {
        const auto is_legal = [](char c) { return c > ' ' && c < 0x7F && !std::string_view("&#?%").contains(c); };
        return !key.empty() && key.size() <= 256 && std::ranges::all_of(key, is_legal);
    }

    const Origins& origins_;
    Problems& problems_;
};

}  // namespace

void check_consistency(const Config& config, const Origins& origins, Problems& problems) {
    Checker checker(origins, problems);
    checker.check_auth(config.auth);
    checker.check_listeners(config);
    checker.check_passphrase(config.srt.passphrase, {"srt.passphrase"});
    checker.check_certificate(config.http);
    checker.check_pull(config.pull);
    checker.check_stream(config.streams.defaults, "streams.defaults");
    checker.check_ladder(config, config.streams.defaults.ladder, "streams.defaults");
    checker.check_addresses(config, config.streams.defaults.source, "source", "streams.defaults");
    checker.check_backup(config, config.streams.defaults.backup, "", "streams.defaults");
    checker.check_passphrase(config.streams.defaults.passphrase, {"streams.defaults.passphrase", "streams.defaults"});
    for (const StreamRule& rule : config.streams.rules) {
        checker.check_rule(config, rule);
    }
}

void check_rule_consistency(const Config& config, const StreamRule& rule, const Origins& origins, Problems& problems) {
    Checker(origins, problems).check_rule(config, rule);
}

}  // namespace weir::config
