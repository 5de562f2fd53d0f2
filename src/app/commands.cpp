#include "app/commands.hpp"

#include "app/assets.hpp"
#include "app/ceiling.hpp"
#include "app/certificates.hpp"
#include "app/ctl_verbs.hpp"
#include "app/docs.hpp"
#include "app/file_source.hpp"
#include "app/probe.hpp"
#include "app/publisher.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"
#include "app/watch.hpp"
#include "config/load.hpp"
#include "net/shards.hpp"
#include "net/tls_context.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <unistd.h>

namespace weir::app {

namespace {

void say(const std::string& text) { (void)std::fwrite(text.data(), 1, text.size(), stdout); }
void complain(const std::string& text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); }

// A line that overwrites itself on a terminal, and plain lines elsewhere.
void show_progress(const std::string& line) {
    if (::isatty(STDERR_FILENO) != 0) complain("\r\x1b[K" + line);
    else complain(line + '\n');
}
void end_progress() {
    if (::isatty(STDERR_FILENO) != 0) complain("\n");
}

base::ByteCount ceiling_of(const config::Config& config) {
    return memory_ceiling(config, net::threads_for(config.limits.threads.count));
}

struct ConfigChoice {
    std::string file;
    std::vector<std::string> settings;

    void options(CLI::App& verb) {
        verb.add_option("-c,--config", file, "the configuration file; without one all keys have their defaults");
        verb.add_option("--set", settings, "key.sub=value: one key, over the file and WEIR_KEY__SUB variables")
            ->allow_extra_args(false);
    }
};

int serve_verb(const ConfigChoice& choice, bool demo) { return serve({choice.file, choice.settings, demo}); }

int check_verb(const ConfigChoice& choice) {
    const auto sources = config::read_sources(choice.file, choice.settings);
    if (!sources) {
        complain(sources.error().text() + '\n');
        return 1;
    }
    const auto loaded = config::load(*sources);
    if (loaded) {
        if (const auto certificate = check_certificate(loaded->http); !certificate) {
            complain(certificate.error() + '\n');
            return 1;
        }
        say(choice.file.empty() ? "the configuration is valid\n" : choice.file + " is valid\n");
        say(fmt::format("memory: {} of media (limits.memory); {} when everything is at its limit\n",
                        base::print(loaded->limits.memory), print_mebibytes(ceiling_of(*loaded))));
        return 0;
    }
    for (const config::Problem& problem : loaded.error()) complain(problem.text() + '\n');
    return 1;
}

int publish_verb(const std::string& path, const std::string& address, bool loop, bool clock,
                 const net::TlsTrust& trust) {
    const auto url = proto::rtmp::parse_url(address);
    if (!url) {
        complain(fmt::format("{}: {}\n", address, url.error().text));
        return 2;
    }
    auto tls = url->tls ? net::TlsContext::client(trust) : nullptr;
    if (!tls) {
        complain(tls.error() + '\n');
        return 2;
    }
    auto file = MediaFile::open(path);
    if (!file) {
        complain(fmt::format("{}: {}\n", path, file.error().text));
        return 1;
    }
    const PublishProgress progress = [](media::Ticks sent, std::uint64_t bytes) {
        show_progress(fmt::format("sent {:.0f} s, {:.1f} MB", sent.to_seconds(), static_cast<double>(bytes) / 1e6));
    };
    boost::asio::io_context context(1);
    boost::asio::signal_set stop(context, SIGINT, SIGTERM);
    stop.async_wait([&](auto error, int) {
        if (!error) context.stop();
    });
    std::expected<void, PublishFailure> outcome;
    auto source = play_file(context.get_executor(), std::move(*file), {.loop = loop, .clock = clock});
    boost::asio::co_spawn(context, publish(std::move(source), *url, progress, *tls),
                          [&](const std::exception_ptr&, auto result) {
                              outcome = std::move(result);
                              stop.cancel();
                          });
    context.run();
    end_progress();
    if (outcome) return 0;
    complain(fmt::format("{}: {}\n", address, outcome.error().text));
    return 1;
}

int watch_verb(const std::string& address, WatchOptions options, bool json) {
    const auto url = parse_watch_url(address);
    if (!url) {
        complain(fmt::format("{}: {}\n", address, url.error().text));
        return 2;
    }
    options.progress = [](base::Duration elapsed, std::uint64_t bytes) {
        show_progress(fmt::format("{:.0f} s, {:.1f} MB", std::chrono::duration<double>(elapsed).count(),
                                  static_cast<double>(bytes) / 1e6));
    };
    const auto report = watch(*url, options);
    end_progress();
    if (!report) {
        complain(fmt::format("{}: {}\n", address, report.error().text));
        return 1;
    }
    say(json ? print_json(*report) : print_text(*report));
    return report->failed == 0 ? 0 : 1;
}

int probe_verb(const std::string& source, ProbeOptions options, bool json) {
    bool told = false;
    options.progress = [&told](base::Duration probed, std::uint64_t bytes) {
        told = true;
        show_progress(fmt::format("{:.0f} s, {:.1f} MB", std::chrono::duration<double>(probed).count(),
                                  static_cast<double>(bytes) / 1e6));
    };
    const auto report = probe(source, options);
    if (told) end_progress();
    if (!report) {
        complain(report.error() + '\n');
        return 1;
    }
    say(json ? print_json(*report) : print_text(*report));
    return 0;
}

int docs_verb(const std::string& topic, bool as_json) {
    const auto page = as_json ? docs_json(topic) : docs_page(topic);
    if (!page) {
        complain(fmt::format("there is no page '{}'{}: {}\n", topic, as_json ? " in JSON" : "",
                             as_json ? "matrix" : docs_topics));
        return 2;
    }
    say(*page);
    return 0;
}

// The verbs and their options; each leaves in `run` what is to be done.
class CommandLine {
  public:
    CommandLine() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", version_text());
        add_server_verbs();
        add_probe();
        add_publish();
        add_watch();
        add_ctl_verbs(*app_.add_subcommand("ctl", "speak to a running server: its API from a shell"), run_);
        verb("version", "print the version", "weir version", [] {
            say(version_text() + '\n');
            return 0;
        });
        CLI::App* docs = verb("docs", "print a page of docs/ that is made from the code", "weir docs limits",
                              [this] { return docs_verb(topic_, json_); });
        docs->add_option("topic", topic_, std::string(docs_topics))->required();
        docs->add_flag("--json", json_, "for programs: of matrix alone");
        docs->group("");  // for developers
    }

    int run(int argc, char** argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return app_.exit(error) == 0 ? 0 : 2;
        }
        return run_();
    }

  private:
    CLI::App* verb(const std::string& name, const std::string& what, const std::string& example,
                   std::function<int()> run) {
        CLI::App* verb = app_.add_subcommand(name, what);
        verb->footer("Example:\n  " + example);
        verb->callback([this, run = std::move(run)] { run_ = run; });
        return verb;
    }

    void add_server_verbs() {
        config_.options(*verb("serve", "run the server", "weir serve -c weir.yaml --set auth.publish=any",
                              [this] { return serve_verb(config_, false); }));
        config_.options(*verb("demo", "run the server with a source of its own at live/demo", "weir demo",
                              [this] { return serve_verb(config_, true); }));
        config_.options(*verb("check", "say everything that is wrong with a configuration", "weir check -c weir.yaml",
                              [this] { return check_verb(config_); }));
    }

    void add_probe() {
        CLI::App* probe = verb("probe", "say what a stream or a file is made of, and what that means for its viewers",
                               "weir probe rtmp://localhost/live/demo --seconds 20", [this] {
                                   ProbeOptions options{.duration = {}, .trust = audience_.trust};
                                   if (probe_seconds_ > 0) options.duration = std::chrono::seconds(probe_seconds_);
                                   return probe_verb(address_, options, json_);
                               });
        probe
            ->add_option("source", address_,
                         "a file (FLV, MPEG-TS, fragmented MP4), rtmp[s]://HOST/APP/NAME, or "
                         "http://HOST:8080/APP/NAME.flv (or .ts, .mp4), .../index.m3u8")
            ->required();
        add_trust(*probe);
        probe->add_option("--seconds", probe_seconds_, "for how long; without it a file whole, and 10 of a live stream")
            ->check(CLI::Range(1, 86'400));
        probe->add_flag("--json", json_, "one JSON object in place of sentences");
    }

    void add_publish() {
        CLI::App* publish = verb("publish", "send a file (FLV, MPEG-TS, fragmented MP4) in real time to an RTMP server",
                                 "weir publish clip.flv rtmp://localhost/live/demo --loop",
                                 [this] { return publish_verb(path_, address_, loop_, clock_, audience_.trust); });
        publish->add_option("file", path_, "the file")->required();
        publish
            ->add_option("url", address_,
                         "rtmp://HOST/APP/NAME or rtmps://HOST:1936/APP/NAME, with ?token=KEY where one is needed")
            ->required();
        add_trust(*publish);
        publish->add_flag("--loop", loop_, "start again at the end, without a seam");
        publish->add_flag("--clock", clock_,
                          "mark the frames with the wall clock, for `weir watch` to measure latency");
    }

    void add_trust(CLI::App& verb) {
        verb.add_option("--authorities", audience_.trust.authorities,
                        "PEM file of those who may vouch for a server over TLS; without it the system's");
        verb.add_flag("!--insecure", audience_.trust.verify, "believe a server over TLS whoever it is");
    }

    void add_watch() {
        CLI::App* watch = verb("watch", "be viewers: first frame, latency, stalls, throughput",
                               "weir watch http://localhost:8080/live/demo.flv --viewers 100 --seconds 30", [this] {
                                   audience_.duration = std::chrono::seconds(seconds_);
                                   return watch_verb(address_, audience_, json_);
                               });
        watch
            ->add_option(
                "url", address_,
                "http://HOST:8080/APP/NAME.flv (or .ts, .mp4, .aac), .../index.m3u8, or rtmp[s]://HOST/APP/NAME")
            ->required();
        add_trust(*watch);
        watch->add_option("--viewers", audience_.viewers, "how many")
            ->check(CLI::Range(1, 100'000))
            ->capture_default_str();
        watch->add_option("--seconds", seconds_, "for how long")
            ->check(CLI::Range(1, 86'400 * 7))
            ->capture_default_str();
        watch->add_flag("--json", json_, "one JSON object in place of sentences");
    }

    CLI::App app_{"Weir: one live stream in, every player out."};
    std::function<int()> run_;
    ConfigChoice config_;
    std::string path_;
    std::string address_;
    std::string topic_;
    WatchOptions audience_;
    int seconds_ = 10;
    int probe_seconds_ = 0;
    bool loop_ = false;
    bool clock_ = false;
    bool json_ = false;
};

}  // namespace

int run_command(int argc, char** argv) { return CommandLine().run(argc, argv); }

}  // namespace weir::app
