// The whole configuration as plain structs, one per section of the file, each key named once in `fields` (config/key.hpp).
// Defaults are the member initializers: an empty file is a working server. Immutable once loaded; shards share it by
// `shared_ptr<const Config>`.
#pragma once

#include "base/journal.hpp"
#include "config/stream_options.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::config {

struct Log {
    base::LogLevel level = base::LogLevel::info;
    base::LogFormat format = base::LogFormat::text;

    void fields(this auto& self, auto&& visit) {
        visit("level", self.level, Key{.help = "The least important lines to write."});
        visit("format", self.format, Key{.help = "`text` for people, `json` for machines: one object a line."});
    }
    friend bool operator==(const Log&, const Log&) = default;
};

struct Http {
    ListenAddress listen = ListenAddress::every(8080);
    ListenAddress tls_listen = ListenAddress::every(8443);
    std::string certificate;
    std::string key;
    std::vector<std::string> trusted_proxies;

    void fields(this auto& self, auto&& visit) {
        visit("listen", self.listen, Key{.help = "Media, pages, API and metrics.", .change = Change::listener});
        visit("tls_listen", self.tls_listen,
              Key{.help = "The same over TLS, HTTP/2 included; closed while there is no `certificate`.",
                  .change = Change::listener});
        visit("certificate", self.certificate,
              Key{.help = "PEM file with the certificate chain, for every TLS listener. Read again when the file "
                          "changes: connections that come get the new one. Empty: nothing is served over TLS."});
        visit("key", self.key, Key{.help = "PEM file with its private key, without a passphrase."});
        visit("trusted_proxies", self.trusted_proxies,
              Key{.help = "Addresses or networks whose X-Forwarded-For is believed.", .served = Served::no});
    }
    friend bool operator==(const Http&, const Http&) = default;
};

struct Rtmp {
    ListenAddress listen = ListenAddress::every(1935);
    ListenAddress tls_listen = ListenAddress::every(1936);

    void fields(this auto& self, auto&& visit) {
        visit("listen", self.listen, Key{.help = "Publishing and playing over RTMP.", .change = Change::listener});
        visit("tls_listen", self.tls_listen,
              Key{.help = "The same over TLS, with `http.certificate`; closed while there is none.",
                  .change = Change::listener});
    }
    friend bool operator==(const Rtmp&, const Rtmp&) = default;
};

struct Srt {
    ListenAddress listen = ListenAddress::every(8890);
    milliseconds latency = 120ms;
    std::string passphrase;

    void fields(this auto& self, auto&& visit) {
        visit("listen", self.listen,
              Key{.help = "Publishing and playing over SRT, on UDP.", .change = Change::listener});
        visit(
            "latency", self.latency,
            Key{.help = "How long a lost packet may take to come again; of connections that come afterwards. Who asks "
                        "for more gets that."},
            Range<milliseconds>{0ms, 8s});
        visit("passphrase", self.passphrase,
              Key{.help = "Encrypts, in both directions; 10 to 79 characters, the same at the other side; empty: no "
                          "encryption. A stream may have its own.",
                  .secret = true});
    }
    friend bool operator==(const Srt&, const Srt&) = default;
};

struct Rtsp {
    ListenAddress listen = ListenAddress::every(8554);
    ListenAddress tls_listen = ListenAddress::every(8322);

    void fields(this auto& self, auto&& visit) {
        visit("listen", self.listen, Key{.help = "Publishing and playing over RTSP.", .change = Change::listener});
        visit("tls_listen", self.tls_listen,
              Key{.help = "The same over TLS (RTSPS), with `http.certificate`; closed while there is none.",
                  .change = Change::listener});
    }
    friend bool operator==(const Rtsp&, const Rtsp&) = default;
};

struct Pulls {
    std::vector<std::string> addresses;
    std::string files;

    void fields(this auto& self, auto&& visit) {
        visit("addresses", self.addresses,
              Key{.help = "Addresses and networks that sources may be fetched from though they are private: "
                          "`[10.0.0.0/8, ::1]`. An address that stands in `source` as a number needs none."});
        visit("files", self.files,
              Key{.help = "The folder of the files that sources of the form `file:NAME` play; empty: none may."});
    }
    friend bool operator==(const Pulls&, const Pulls&) = default;
};

struct Webrtc {
    ListenAddress listen = ListenAddress::every(8189);
    std::vector<std::string> addresses;

    void fields(this auto& self, auto&& visit) {
        visit("listen", self.listen,
              Key{.help = "WebRTC media, over UDP and TCP.",
                  .change = Change::listener,
                  .served = Served::no,
                  .also = ""});
        visit("addresses", self.addresses,
              Key{.help = "Public addresses to offer to peers; empty: those of the interfaces.", .served = Served::no});
    }
    friend bool operator==(const Webrtc&, const Webrtc&) = default;
};

struct Store {
    std::string path = "./weir-data";
    std::string database = "sqlite";
    std::string object_store;

    void fields(this auto& self, auto&& visit) {
        visit("path", self.path,
              Key{.help = "Folder of what outlives the process: what an encoder costs on this machine.",
                  .change = Change::process});
        visit("database", self.database,
              Key{.help = "`sqlite`, or `postgres://...`.",
                  .change = Change::process,
                  .served = Served::no,
                  .secret = true});
        visit("object_store", self.object_store,
              Key{.help = "`s3://bucket?endpoint=...`; empty: recordings stay in `path`.",
                  .change = Change::process,
                  .served = Served::no,
                  .secret = true});
    }
    friend bool operator==(const Store&, const Store&) = default;
};

struct Limits {
    base::ByteCount memory = 2_GiB;
    base::ByteCount worker_memory = 600_MiB;
    std::uint32_t streams = 1000;
    std::uint32_t viewers = 15'000;
    ThreadCount threads;

    void fields(this auto& self, auto&& visit) {
        visit("memory", self.memory,
              Key{.help = "Of media in the server process, windows included. Near it windows of the least watched "
                          "streams are shortened, then new streams refused; where that is not enough a stream ends. "
                          "`weir check` says what the process may hold in all."},
              Range<base::ByteCount>{32_MiB, base::ByteCount(std::uint64_t{1} << 44)});
        visit("worker_memory", self.worker_memory,
              Key{.help = "Of each worker process.", .change = Change::new_streams},
              Range<base::ByteCount>{64_MiB, base::ByteCount(std::uint64_t{1} << 40)});
        visit("streams", self.streams, Key{.help = "Streams at one time; further ones are refused."},
              Range<std::uint32_t>{1, 100'000});
        visit("viewers", self.viewers,
              Key{.help = "Connections over HTTP at one time, viewers of endless streams (HTTP-FLV, RTMP) included; "
                          "checked against "
                          "the limit of open files at the start."},
              Range<std::uint32_t>{1, 1'000'000});
        visit("threads", self.threads, Key{.help = "Event loops: `auto` is one per core.", .change = Change::process},
              Range<ThreadCount>{{0}, {256}});
    }
    friend bool operator==(const Limits&, const Limits&) = default;
};

struct Delivery {
    milliseconds latency = 30ms;
    milliseconds lag = 10s;

    void fields(this auto& self, auto&& visit) {
        visit("latency", self.latency,
              Key{.help = "The longest a packet waits for company before it is sent, and where nobody follows the "
                          "stream before it is read; over RTMP up to four times that, but no more than 100ms, once "
                          "nobody has watched the stream for ten seconds."},
              Range<milliseconds>{0ms, 1s});
        visit("lag", self.lag, Key{.help = "How far behind a viewer may fall before it jumps to the newest keyframe."},
              Range<milliseconds>{500ms, 60s});
    }
    friend bool operator==(const Delivery&, const Delivery&) = default;
};

struct Auth {
    PublishAccess publish = PublishAccess::loopback;
    std::vector<std::string> keys;
    EmptyList users;
    EmptyMapping jwt;
    std::string http;

    void fields(this auto& self, auto&& visit) {
        visit("publish", self.publish,
              Key{.help = "Who may publish: `loopback` this machine alone, `key` who knows one of `keys` "
                          "(`?token=KEY`), `any` everybody."});
        visit("keys", self.keys, Key{.help = "Publishing keys.", .secret = true});
        visit("users", self.users, Key{.help = "Accounts with roles.", .served = Served::no});
        visit("jwt", self.jwt, Key{.help = "Signed tokens.", .served = Served::no});
        visit("http", self.http,
              Key{.help = "An address that is asked about each publisher and viewer.", .served = Served::no});
    }
    friend bool operator==(const Auth&, const Auth&) = default;
};

struct Hook {
    std::string url;
    std::vector<std::string> events;
    std::string secret;

    void fields(this auto& self, auto&& visit) {
        visit("url", self.url, Key{.help = "Where events are posted."});
        visit("events", self.events, Key{.help = "Which events, as in `stream.started`; empty: all."});
        visit("secret", self.secret, Key{.help = "Signs the body.", .secret = true});
    }
    friend bool operator==(const Hook&, const Hook&) = default;
};

struct Cluster {
    std::string registry;
    std::string advertise;
    std::string region;

    void fields(this auto& self, auto&& visit) {
        visit("registry", self.registry,
              Key{.help = "etcd that the nodes share; empty: a single node.",
                  .change = Change::process,
                  .served = Served::no});
        visit("advertise", self.advertise,
              Key{.help = "How other nodes reach this one.", .change = Change::process, .served = Served::no});
        visit("region", self.region,
              Key{.help = "Where this node is: viewers are sent to the nearest.",
                  .change = Change::process,
                  .served = Served::no});
    }
    friend bool operator==(const Cluster&, const Cluster&) = default;
};

struct Config {
    Log log;
    Http http;
    Rtmp rtmp;
    Srt srt;
    Rtsp rtsp;
    Webrtc webrtc;
    Pulls pull;
    Store store;
    Limits limits;
    Delivery delivery;
    Auth auth;
    std::vector<Hook> hooks;
    Cluster cluster;
    std::map<std::string, Ladder> ladders = {{"standard", standard_ladder()}};
    Streams streams;

    [[nodiscard]] static Ladder standard_ladder() {
        return {{.name = "1080p", .height = 1080, .bitrate = 5_Mbps},
                {.name = "720p", .height = 720, .bitrate = 2500_kbps},
                {.name = "480p", .height = 480, .bitrate = 1200_kbps},
                {.name = "360p", .height = 360, .bitrate = 600_kbps}};
    }

    void fields(this auto& self, auto&& visit) {
        visit("log", self.log, Key{.help = "What the server tells, on standard error."});
        visit("http", self.http, Key{.help = "Media, pages, API and metrics over HTTP."});
        visit("rtmp", self.rtmp, Key{.help = "Publishing and playing over RTMP."});
        visit("srt", self.srt, Key{.help = "Publishing and playing over SRT."});
        visit("rtsp", self.rtsp, Key{.help = "Publishing and playing over RTSP."});
        visit("webrtc", self.webrtc, Key{.help = "Publishing by WHIP and playing by WHEP."});
        visit("pull", self.pull, Key{.help = "What sources may be fetched from."});
        visit("store", self.store, Key{.help = "Where what outlives the process is kept."});
        visit("limits", self.limits, Key{.help = "Ceilings of the whole server."});
        visit("delivery", self.delivery, Key{.help = "How media is sent to viewers."});
        visit("auth", self.auth, Key{.help = "Who may do what."});
        visit("hooks", self.hooks, Key{.help = "Who is told of events: a list of these.", .served = Served::no});
        visit("cluster", self.cluster, Key{.help = "Several servers as one."});
        visit("ladders", self.ladders,
              Key{.help = "Ladders by name, each a list of rungs.", .change = Change::new_streams});
        visit("streams", self.streams,
              Key{.help = "Options of streams: `defaults`, then patterns in order, then the exact stream.",
                  .change = Change::new_streams});
    }
    friend bool operator==(const Config&, const Config&) = default;
};

using ConfigRef = std::shared_ptr<const Config>;

}  // namespace weir::config
