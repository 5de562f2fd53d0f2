#include "config/load.hpp"
#include "config/streams.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace weir::config {
namespace {

/// What loading `text` as weir.yaml complains of, one line each.
std::string complaints(const Sources& sources) {
    const auto loaded = load(sources);
    std::string out;
    if (!loaded) {
        for (const Problem& problem : loaded.error()) {
            out += problem.text() + "\n";
        }
    }
    return out;
}
std::string complaints(std::string text) { return complaints(Sources{.file = "weir.yaml", .text = std::move(text)}); }

Config loaded(const Sources& sources) {
    EXPECT_EQ(complaints(sources), "");
    return load(sources).value_or(Config{});
}
Config loaded(std::string text) { return loaded(Sources{.file = "weir.yaml", .text = std::move(text)}); }

/// The section Configuration of the contract, as it stands there.
constexpr const char* contract = R"(
log:    { level: info, format: text }          # or json
http:   { listen: ":8080", tls_listen: ":8443", certificate: "", key: "", trusted_proxies: [] }
rtmp:   { listen: ":1935", tls_listen: ":1936" }
srt:    { listen: ":8890", latency: 120ms, passphrase: "" }
rtsp:   { listen: ":8554", tls_listen: ":8322" }
webrtc: { listen: ":8189", addresses: [] }
store:  { path: "./weir-data", database: "sqlite", object_store: "" }   # postgres://..., s3://bucket?endpoint=...
limits: { memory: 2GiB, worker_memory: 600MiB, streams: 1000, viewers: 15000, threads: auto }
delivery: { latency: 30ms, lag: 10s }          # the longest a packet waits for company; how far behind a viewer may fall
auth:   { publish: loopback, keys: [], users: [], jwt: {}, http: "" }   # publish: loopback | key | any; key: ?token=KEY
hooks:  []                                     # - { url: ..., events: [stream.started, ...], secret: ... }
cluster: { registry: "", advertise: "", region: "" }
ladders:
  standard:
    - { name: 1080p, height: 1080, bitrate: 5M }
    - { name: 720p,  height: 720,  bitrate: 2500k }
    - { name: 480p,  height: 480,  bitrate: 1200k }
    - { name: 360p,  height: 360,  bitrate: 600k }
streams:
  defaults: { ladder: standard, transcode: always, segment: 6s, part: 500ms, keyframe: 2s, window: 60s, dvr: 0s,
              hold: 15s, timeout: 10s, takeover: silent, latency: normal, record: false, backup: "" }
)";

TEST(Load, AnEmptyFileIsAWorkingServer) {
    for (const char* text :
         {"", "\n", "# nothing\n", "---\n", "http:\n", "http: {}\nlog: ~\nstreams:\n  defaults:\n"}) {
        EXPECT_EQ(loaded(text), Config{}) << text;
    }
    EXPECT_EQ(loaded(Sources{}), Config{});
}

TEST(Load, TheContractsOwnExampleIsTheDefaults) { EXPECT_EQ(loaded(contract), Config{}); }

TEST(Load, EveryServedKeyTakesEffect) {
    const Config config = loaded(R"(
log: { level: debug, format: json }
http: { listen: "127.0.0.1:18080" }
rtmp: { listen: "[::1]:11935" }
limits: { memory: 512MiB, worker_memory: 100MiB, streams: 7, viewers: 9, threads: 2 }
delivery: { latency: 0ms, lag: 3s }
auth: { publish: key, keys: [alpha, "b=+/"] }
streams:
  defaults: { ladder: mine, segment: 4s, part: 200ms, window: 30s, hold: 5s, timeout: 3s, takeover: refuse,
              transcode: never, keyframe: 1s, latency: low }
store: { path: /var/lib/weir }
ladders:
  mine:
    - { name: 240p, height: 240, bitrate: 300k, maximum_bitrate: 400k, codec: h264, preset: slow, profile: main,
        frame_rate: 15, crf: 23, device: cpu }
)");
    EXPECT_EQ(config.log, (Log{.level = base::LogLevel::debug, .format = base::LogFormat::json}));
    EXPECT_EQ(config.http.listen, (ListenAddress{"127.0.0.1", 18080, true}));
    EXPECT_EQ(config.rtmp.listen, (ListenAddress{"::1", 11935, true}));
    EXPECT_EQ(config.limits, (Limits{512_MiB, 100_MiB, 7, 9, {2}}));
    EXPECT_EQ(config.delivery, (Delivery{0ms, 3s}));
    EXPECT_EQ(config.auth.publish, PublishAccess::key);
    EXPECT_EQ(config.auth.keys, (std::vector<std::string>{"alpha", "b=+/"}));
    const StreamOptions& options = config.streams.defaults;
    EXPECT_EQ(config.store.path, "/var/lib/weir");
    EXPECT_EQ(config.ladders.size(), 2U) << "the standard one stays";
    EXPECT_EQ(config.ladders.at("mine"), (Ladder{{.name = "240p",
                                                  .height = 240,
                                                  .bitrate = 300_kbps,
                                                  .maximum_bitrate = 400_kbps,
                                                  .preset = "slow",
                                                  .profile = "main",
                                                  .frame_rate = 15,
                                                  .crf = 23,
                                                  .device = "cpu"}}));
    EXPECT_EQ(options.ladder, "mine");
    EXPECT_EQ(options.transcode, Transcode::never);
    EXPECT_EQ(options.keyframe, 1s);
    EXPECT_EQ(options.latency, Latency::low);
    EXPECT_EQ(options.segment, 4s);
    EXPECT_EQ(options.part, 200ms);
    EXPECT_EQ(options.window, 30s);
    EXPECT_EQ(options.hold, 5s);
    EXPECT_EQ(options.timeout, 3s);
    EXPECT_EQ(options.takeover, Takeover::refuse);
}

TEST(Load, EveryProblemIsToldWithItsPlaceAndItsMend) {
    struct Row {
        const char* text;
        const char* told;
    };
    const Row rows[] = {
        {"http:\n  listn: \":80\"\n", "weir.yaml:2:3: http: there is no key \"listn\"; did you mean listen?\n"},
        {"htpp: {}\n", "weir.yaml:1:1: there is no key \"htpp\"; did you mean http?\n"},
        {"log: { verbosity: 3 }\n",
         "weir.yaml:1:8: log: there is no key \"verbosity\"; write one of: level or format\n"},
        {"streams:\n  defaults:\n    segment: 6\n",
         "weir.yaml:3:14: streams.defaults.segment: \"6\" is not a "
         "duration; write a number and its unit, as in 30ms, 6s or 2h\n"},
        {"streams: { defaults: { segment: 100ms } }",
         "weir.yaml:1:33: streams.defaults.segment: \"100ms\" is out of range; write a value from 1s to 30s\n"},
        {"limits: { memory: 2GB5 }",
         "weir.yaml:1:19: limits.memory: \"2GB5\" is not a size; write a number and KiB, MiB or GiB, as in 2GiB\n"},
        {"limits: { memory: 1MiB }",
         "weir.yaml:1:19: limits.memory: \"1MiB\" is out of range; write a value from 32MiB to 16TiB\n"},
        {"limits: { streams: many }",
         "weir.yaml:1:20: limits.streams: \"many\" is not a whole number; write digits alone, as in 1000\n"},
        {"limits: { threads: 300 }",
         "weir.yaml:1:20: limits.threads: \"300\" is out of range; write a value from auto to 256\n"},
        {"log: { level: loud }",
         "weir.yaml:1:15: log.level: \"loud\" is not known here; write debug, info, warning or error\n"},
        {"log: info",
         "weir.yaml:1:6: log: is one value, and a mapping is due; write { key: value }, or the keys below "
         "it, indented\n"},
        {"log: { level: [info] }", "weir.yaml:1:15: log.level: is a list, and one value is due; write level: info\n"},
        {"http: { listen: { port: 80 } }",
         "weir.yaml:1:17: http.listen: is a mapping, and one value is due; write listen: :8080\n"},
        {"auth: { keys: secret }", "weir.yaml:1:15: auth.keys: is one value, and a list is due; write [a, b]\n"},
        {"auth: { keys: [[a]] }", "weir.yaml:1:16: auth.keys: is not a text; write a list of texts, as in [a, b]\n"},
        {"- http\n",
         "weir.yaml:1:1: is a list, and a mapping is due; write { key: value }, or the keys below it, indented\n"},
        {"log: { level: info }\nlog: { level: debug }\n",
         "weir.yaml:2:1: the key \"log\" is there twice; keep one; the first is in line 1\n"},
        {"http: { listen: \"8080\" }",
         "weir.yaml:1:17: http.listen: \"8080\" is not an address to listen on; write :8080, "
         "127.0.0.1:8080 or [::1]:8080, or \"\" for none\n"},
        {"log: {level: \"a\\nb\\e\"}",
         "weir.yaml:1:14: log.level: \"a\\nb\\u001b\" is not known here; write debug, info, warning or error\n"},
        {"streams: { demo: { hold: 1s } }",
         "weir.yaml:1:12: streams: \"demo\": a stream is app/name, as in live/demo: "
         "there is one segment only; write defaults, a "
         "stream such as live/demo, or a pattern such as cam/*\n"},
        {"streams: { \"cam/**\": { hold: 1s }, \"cam/<*\": {} }",
         "weir.yaml:1:36: streams: \"cam/<*\": a name is made of letters, digits, '.', '_' and '-'; write defaults, a "
         "stream such as "
         "live/demo, or a pattern such as cam/*\n"},
        {"streams: { cam/*: { hod: 1s } }",
         "weir.yaml:1:21: streams.cam/*: there is no key \"hod\"; did you mean hold?\n"},
        {"ladders: { small: [{ name: source }] }",
         "weir.yaml:1:20: ladders.small: the name of a rung: the names "
         "source, audio, stereo, whip and whep are reserved; write it as in "
         "name: 720p\n"},
        {"ladders: { small: [{ name: a, height: 1, bitrate: 1M }] }",
         "weir.yaml:1:39: ladders.small.height: \"1\" is out of range; write a value from 64 to 8640\n"},
        {"ladders: { none: [] }",
         "weir.yaml:1:12: ladders.none: `none` is the ladder without rungs; choose another name\n"},
        {"ladders: { small: [{ name: a, height: 90, crf: 20 }, { name: a }] }",
         "weir.yaml:1:54: ladders.small: there are two rungs \"a\"; give each its own name\n"},
        {"ladders: { small: [{ name: stereo, height: 90, crf: 20 }] }",
         "weir.yaml:1:20: ladders.small: the name of a rung: the names source, audio, stereo, whip and whep are "
         "reserved; write it as in name: 720p\n"},
        {"ladders: { small: [{ name: a, bitrate: 1M }] }",
         "weir.yaml:1:20: ladders.small: \"a\" has no height; write it as in height: 720\n"},
        {"ladders: { small: [{ name: a, height: 90 }] }",
         "weir.yaml:1:20: ladders.small: \"a\" has no bitrate; write it as in bitrate: 2500k\n"},
        {"ladders: { small: [{ name: a, height: 90, bitrate: 1M, maximum_bitrate: 500k }] }",
         "weir.yaml:1:20: ladders.small: \"a\" has a maximum_bitrate below its bitrate; write at least 1M\n"},
        {"ladders: { small: [{ name: a, height: 90, bitrate: 1M, preset: veryfest }] }",
         "weir.yaml:1:20: ladders.small: \"a\": there is no preset \"veryfest\"; did you mean veryfast?\n"},
        {"ladders: { small: [{ name: a, height: 90, bitrate: 1M, profile: high10 }] }",
         "weir.yaml:1:20: ladders.small: \"a\": there is no profile \"high10\"; did you mean high?\n"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(complaints(row.text), row.told) << row.text;
    }
}

TEST(Load, AllProblemsAreToldAtOnceInTheOrderOfTheFile) {
    EXPECT_EQ(complaints("streams:\n  defaults: { hold: soon }\nlog: { level: loud }\nhttq: {}\n"),
              "weir.yaml:2:21: streams.defaults.hold: \"soon\" is not a duration; write a number and its unit, as in "
              "30ms, 6s or 2h\n"
              "weir.yaml:3:15: log.level: \"loud\" is not known here; write debug, info, warning or error\n"
              "weir.yaml:4:1: there is no key \"httq\"; did you mean http?\n");
}

TEST(Load, WhatIsNotYamlIsToldWithItsLine) {
    EXPECT_TRUE(complaints("log: { level: info\nhttp: {}\n").starts_with("weir.yaml:2:"))
        << complaints("log: { level: info\nhttp: {}\n");
    EXPECT_TRUE(complaints("a: b: c\n").starts_with("weir.yaml:1:"));
    EXPECT_TRUE(complaints("\tlog: {}\n").starts_with("weir.yaml:1:"));
    EXPECT_EQ(complaints("{ [a]: b }"), "weir.yaml:1:3: a key is a plain word\n");
    EXPECT_EQ(complaints("log: {}\n---\nlog: {}\n"), "weir.yaml:3:1: there is a second document (`---`)\n");
    EXPECT_EQ(complaints(std::string(40, '[') + std::string(40, ']')),
              "weir.yaml:1:17: lists and mappings are nested more than 16 deep\n");
    EXPECT_EQ(complaints("# " + std::string(2U << 20, 'x')), "weir.yaml: the file is larger than 1MiB\n");
    EXPECT_TRUE(complaints("auth: { keys: [" + std::string(60'000, ',') + "] }").contains("weir.yaml:1:"));
}

TEST(Load, AProblemIsOneLineWhateverTheFileHolds) {
    EXPECT_EQ(complaints("log: \"\\\x01\"\n"), "weir.yaml:1:9: unknown escape character: \\u0001\n");
    EXPECT_EQ(
        complaints(Sources{.environment = {{"WEIR_HTTP__A\nB", ""}}}),
        "WEIR_HTTP__A\\nB: http: there is no key \"a\\nb\"; write one of: listen, tls_listen, certificate, key or "
        "trusted_proxies\n");
}

TEST(Load, ABombOfAliasesIsRefused) {
    std::string text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string alias = "*a" + std::to_string(i - 1);
        text += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
        for (int k = 1; k < 10; ++k) {
            text += ", " + alias;
        }
        text += "]\n";
    }
    EXPECT_TRUE(complaints(text).contains("there are more than 20000 values"));
    EXPECT_TRUE(complaints("a: &a [*a]\n").contains("an alias refers to what it stands in"));
}

TEST(Load, AnAliasRepeatsASetting) {
    const Config config = loaded("streams:\n  cam/a: &cam { hold: 1s }\n  cam/b: *cam\n");
    EXPECT_EQ(options_for(config, "cam/b").hold, 1s);
}

TEST(Load, WhatThisVersionCannotDoIsSaid) {
    const char* rows[] = {
        "http: { trusted_proxies: [10.0.0.1] }",
        "webrtc: { listen: ':9000' }",
        "webrtc: { addresses: [192.0.2.1] }",
        "store: { database: 'postgres://x' }",
        "store: { object_store: 's3://x' }",
        "auth: { users: [{ name: a }] }",
        "auth: { jwt: { secret: a } }",
        "auth: { http: 'http://127.0.0.1/' }",
        "hooks: [{ url: 'http://127.0.0.1/' }]",
        "cluster: { registry: 'etcd://a' }",
        "cluster: { advertise: 'a' }",
        "cluster: { region: 'a' }",
        "ladders: { mine: [{ name: a, height: 90, bitrate: 1M, device: qsv }] }",
        "streams: { defaults: { dvr: 1h } }",
        "streams: { defaults: { record: true } }",
        "streams: { live/gate: { record: true } }",
    };
    for (const char* row : rows) {
        const std::string told = complaints(row);
        EXPECT_TRUE(told.contains("is not what this version of Weir can do yet; leave it out")) << row << "\n" << told;
        EXPECT_EQ(std::ranges::count(told, '\n'), 1) << row << "\n" << told;
    }
    EXPECT_EQ(complaints("streams:\n  live/gate: { transcode: on_demand }\n"),
              "weir.yaml:2:27: streams.live/gate.transcode: \"on_demand\" is not what this version of Weir can do yet; "
              "write always or never\n");
    EXPECT_EQ(complaints("ladders:\n  a:\n    - { name: a, height: 90, bitrate: 1M, codec: av1 }\n"),
              "weir.yaml:3:50: ladders.a.codec: \"av1\" is not what this version of Weir can do yet; write h264\n");
    EXPECT_EQ(complaints("rtsp: { listen: '' }\nrtmp: { tls_listen: '' }\n"), "")
        << "what is not opened may be said to be off";
    EXPECT_FALSE(complaints("store: { object_store: 's3://abcdefghijkl' }").contains("abcdefghijkl"))
        << "a secret is told";
}

TEST(Load, APassphraseThatSrtDoesNotTakeIsTold) {
    EXPECT_EQ(complaints("srt: { passphrase: abcdefghij }"), "");
    const char* rows[] = {"srt: { passphrase: abcdefghi }", "streams: { defaults: { passphrase: abcdefghi } }",
                          "streams: { live/gate: { passphrase: abcdefghi } }"};
    for (const char* row : rows) {
        const std::string told = complaints(row);
        EXPECT_TRUE(told.contains("a passphrase of 9 characters is none of SRT; write 10 to 79")) << row << "\n"
                                                                                                  << told;
        EXPECT_FALSE(told.contains("abcdefghi")) << "a secret is told";
    }
}

TEST(Load, ABackupIsAnotherStreamOrAnAddress) {
    EXPECT_EQ(complaints("streams: { live/a: { backup: live/b, backup_mode: cold, backup_return: never } }"), "");
    EXPECT_EQ(complaints("streams:\n  live/a: { backup: live/a }\n"),
              "weir.yaml:2:21: streams.live/a.backup: a stream cannot be its own backup; write another stream\n");
    EXPECT_TRUE(complaints("streams: { defaults: { backup: spare } }").contains("streams.defaults.backup"));
    EXPECT_TRUE(
        complaints("streams: { 'live/*': { backup: '../../etc' } }").contains("write a stream, as in live/spare"));
    EXPECT_EQ(
        complaints(
            "streams: { live/a: { backup: 'rtsp://10.0.0.9/2' }, 'cam/*': { backup: [ 'srt://h:8890?streamid={name}', "
            "'rtmp://h/{app}/{name}' ] } }"),
        "");
    EXPECT_TRUE(
        complaints("streams: { live/a: { backup: 'gopher://h/x' } }").contains("is not an address that a source"));
    EXPECT_TRUE(complaints("streams: { live/a: { backup: [ live/b, 'rtsp://h/x' ] } }").contains("is not an address"));
    EXPECT_EQ(
        complaints("streams:\n  live/a: { backup: 'file:a.mp4' }\n"),
        "weir.yaml:2:21: streams.live/a.backup: plays files, and there is no folder of files; write pull: { files: "
        "FOLDER }\n");
    const std::string told = complaints("streams: { live/a: { backup: 'rtsp:/me:secret@h' } }");
    EXPECT_TRUE(told.contains("names no host")) << told;
    EXPECT_FALSE(told.contains("secret"));
}

TEST(Load, ValuesThatDoNotGoTogetherAreTold) {
    struct Row {
        const char* text;
        const char* told;  ///< how it begins
    };
    const Row rows[] = {
        {"auth:\n  publish: key\n",
         "weir.yaml:2:12: auth.publish: is key, and there are no keys: nobody could publish; "},
        {"auth: { keys: ['a b'] }", "weir.yaml:1:15: auth.keys: one of the keys cannot stand in an address; "},
        {"auth: { keys: [''] }", "weir.yaml:1:15: auth.keys: one of the keys cannot stand in an address; "},
        {"http: { listen: ':1935' }", "weir.yaml:1:17: http.listen: HTTP and RTMP cannot both listen on port 1935; "},
        {"http: { certificate: a.pem }",
         "weir.yaml:1:22: http.certificate: there is no key to this certificate; write http.key"},
        {"http: { key: a.key }",
         "weir.yaml:1:14: http.key: there is no certificate to this key; write http.certificate"},
        {"http: { listen: ':8443', certificate: a.pem, key: a.key }",
         "weir.yaml:1:17: http.listen: HTTP and HTTPS cannot both listen on port 8443; "},
        {"http: { listen: '127.0.0.1:1935' }",
         "weir.yaml:1:17: http.listen: HTTP and RTMP cannot both listen on port 1935; "},
        {"http: { listen: '127.0.0.1:1935' }\nrtmp: { listen: '127.0.0.2:1935' }", ""},
        {"http: { listen: ':0' }\nrtmp: { listen: ':0' }", ""},
        {"http: { listen: ':1935' }\nrtmp: { listen: '' }", ""},
        {"streams: { defaults: { segment: 1s, part: 2s } }",
         "weir.yaml:1:43: streams.defaults.part: a part of 2s does not fit into a segment of 1s; "},
        {"streams: { defaults: { segment: 30s } }",
         "weir.yaml:1:33: streams.defaults.segment: a window of 60s holds "
         "fewer than three segments of 30s; write a window of at least 90s"},
        {"streams: { defaults: { window: 90s }, cam/*: { segment: 30s } }", ""},
        {"streams: { cam/*: { window: 90s }, cam/gate: { segment: 30s } }", ""},
        {"streams: { cam/gate: { window: 10s } }",
         "weir.yaml:1:32: streams.cam/gate.window: a window of 10s holds "
         "fewer than three segments of 6s; write a window of at least 18s"},
        {"streams: { defaults: { ladder: standart } }",
         "weir.yaml:1:32: streams.defaults.ladder: there is no ladder \"standart\"; did you mean standard?"},
        {"streams:\n  cam/*: { ladder: mine }\n  '*': { ladder: none }\n",
         "weir.yaml:2:20: streams.cam/*.ladder: there is no ladder \"mine\"; did you mean none?"},
        {"ladders: { mine: [] }\nstreams: { cam/*: { ladder: mine } }", ""},
    };
    for (const Row& row : rows) {
        const std::string told = complaints(row.text);
        EXPECT_EQ(told.substr(0, std::string_view(row.told).size()), row.told) << row.text;
        EXPECT_EQ(told.empty(), *row.told == '\0') << row.text << "\n" << told;
    }
}

TEST(Load, FlagsOverrideVariablesOverrideTheFile) {
    const Sources sources{.file = "weir.yaml",
                          .text = "http: { listen: ':1' }\nrtmp: { listen: ':2' }\nlog: { level: debug }\n",
                          .environment = {{"WEIR_HTTP__LISTEN", ":3"},
                                          {"WEIR_RTMP__LISTEN", ""},
                                          {"WEIR_STREAMS__DEFAULTS__HOLD", "1s"},
                                          {"WEIR_AUTH__KEYS", "a, b"},
                                          {"WEIR_IO", "epoll"},
                                          {"HOME", "/"}},
                          .settings = {"http.listen=:4", "streams.cam/*.ladder=none", "streams.live/v1.0.hold=2s",
                                       "auth.keys=[c, 'd,e']", "streams.cam/*.hold=3s"}};
    const Config config = loaded(sources);
    EXPECT_EQ(config.http.listen, ListenAddress::every(4));
    EXPECT_FALSE(config.rtmp.listen.enabled);
    EXPECT_EQ(config.log.level, base::LogLevel::debug);
    EXPECT_EQ(config.auth.keys, (std::vector<std::string>{"c", "d,e"}));
    EXPECT_EQ(options_for(config, "cam/x").ladder, "none");
    EXPECT_EQ(options_for(config, "cam/x").hold, 3s);
    EXPECT_EQ(options_for(config, "live/v1.0").hold, 2s);
    EXPECT_EQ(options_for(config, "live/demo").hold, 1s);
}

TEST(Load, ASourceIsOneAddressOrAList) {
    const auto addresses = [](const char* text) {
        return options_for(loaded(std::string(text)), "live/x").source.addresses;
    };
    using List = std::vector<std::string>;
    EXPECT_EQ(addresses("streams: { live/x: { source: 'rtsp://10.0.0.9/1' } }"), List{"rtsp://10.0.0.9/1"});
    EXPECT_EQ(addresses("streams: { live/x: { source: ['rtmp://a/b/c', 'http://d/'] } }"),
              (List{"rtmp://a/b/c", "http://d/"}));
    EXPECT_EQ(addresses("streams: { live/x: { source: [] } }"), List{});
    EXPECT_TRUE(complaints("streams: { live/x: { source: 'gopher://a/' } }")
                    .contains("streams.live/x.source: is not an address that a source can be fetched from"));
    EXPECT_TRUE(complaints("streams: { live/x: { source: [{ url: a }] } }").contains("one value is due"));
    EXPECT_TRUE(complaints("streams: { live/x: { source: 'file:a.mp4' } }").contains("there is no folder of files"));
    EXPECT_TRUE(complaints("pull: { addresses: [10.0.0.0/33] }").contains("is no address and no network"));
    EXPECT_EQ(complaints("pull: { addresses: [10.0.0.0/8, '::1'], files: /films }\n"
                         "streams: { live/x: { source: 'file:a.mp4' } }"),
              "");
}

TEST(Load, AWrongVariableOrFlagIsNamed) {
    EXPECT_EQ(complaints(Sources{.environment = {{"WEIR_HTTP__LISTN", ":3"}}}),
              "WEIR_HTTP__LISTN: http: there is no key \"listn\"; did you mean listen?\n");
    EXPECT_EQ(complaints(Sources{.environment = {{"WEIR_HTTP_LISTEN", ":3"}}}),
              "WEIR_HTTP_LISTEN: is no key of the configuration; did you mean WEIR_HTTP__LISTEN? (two underscores)\n");
    EXPECT_EQ(
        complaints(Sources{.environment = {{"WEIR_LOG", "debug"}}}),
        "WEIR_LOG: log: is one value, and a mapping is due; write { key: value }, or the keys below it, indented\n");
    EXPECT_EQ(complaints(Sources{.settings = {"http.listen"}}),
              "--set: \"http.listen\" sets nothing; write --set key.sub=value, as in --set http.listen=:8081\n");
    EXPECT_EQ(complaints(Sources{.settings = {"streams.live/demo.hold=long"}}),
              "--set: streams.live/demo.hold: \"long\" is not a duration; write a number and its unit, as in 30ms, 6s "
              "or 2h\n");
    EXPECT_TRUE(complaints(Sources{.settings = {"hold=1s"}})
                    .starts_with("--set: there is no key \"hold\"; write one of: log, http, rtmp, "));
    EXPECT_EQ(complaints(Sources{.settings = {"streams.hold=1s"}}),
              "--set: streams: \"hold\": a stream is app/name, as in live/demo: there is one segment only; write "
              "defaults, a stream "
              "such as live/demo, or a pattern such as cam/*\n");
}

TEST(Load, TheFileIsReadOrItsAbsenceTold) {
    const std::string path = testing::TempDir() + "weir-load-test.yaml";
    std::ofstream(path) << "log: { level: error }\n";
    setenv("WEIR_LOG__FORMAT", "json", 1);
    const auto sources = read_sources(path, {"limits.streams=5"});
    unsetenv("WEIR_LOG__FORMAT");
    std::remove(path.c_str());
    ASSERT_TRUE(sources.has_value());
    const Config config = loaded(*sources);
    EXPECT_EQ(config.log, (Log{.level = base::LogLevel::error, .format = base::LogFormat::json}));
    EXPECT_EQ(config.limits.streams, 5U);

    EXPECT_EQ(read_sources(path, {}).error().text(),
              path + ": cannot be read: No such file or directory; name a file with -c, or give none");
    EXPECT_TRUE(read_sources(testing::TempDir(), {}).error().text().contains("cannot be read"));
    EXPECT_EQ(read_sources("", {})->text, "");
}

}  // namespace
}  // namespace weir::config
