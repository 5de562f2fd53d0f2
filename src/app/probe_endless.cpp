// Being one viewer of an endless stream, over RTMP or HTTP, who writes down what came.
#include "app/probe.hpp"
#include "app/probe_reader.hpp"
#include "app/watch_audience.hpp"
#include "format/flv_tags.hpp"
#include "proto/http/response_parser.hpp"
#include "proto/rtmp/client_connection.hpp"

#include <fmt/format.h>

#include <memory>

namespace weir::app {

namespace {

namespace flv = format::flv;
namespace http = proto::http;
namespace rtmp = proto::rtmp;

/// What the watchers leave behind; it outlives them.
struct Notebook {
    ProbeFindings findings;
    std::uint64_t bytes = 0;
    std::optional<base::Instant> fed;
    base::Duration silence{};
    std::string ended;

    void note(std::size_t count, base::Instant now) {
        if (fed) silence = std::max(silence, now - *fed);
        fed = now;
        bytes += count;
    }
};

class HttpProbe final : public Watcher {
  public:
    HttpProbe(std::string request, Notebook& notebook)
        : request_(std::move(request)), notebook_(notebook), reader_(notebook.findings) {
        parser_.expect(http::Method::get);
    }

    State receive(base::ByteView bytes, base::Now now) override {
        parser_.receive(bytes);
        while (auto event = parser_.next_event()) {
            if (const auto* response = std::get_if<http::Response>(&*event)) {
                if (response->status != http::Status::ok)
                    return fail(fmt::format("the server answered with status {}", static_cast<int>(response->status)));
                state_ = State::watching;
            } else if (const auto* body = std::get_if<http::BodyData>(&*event)) {
                notebook_.note(body->bytes.size(), now.instant);
                if (const auto taken = reader_.receive(body->bytes); !taken)
                    return fail(std::string(taken.error().text));
            } else if (std::holds_alternative<http::MessageEnd>(*event)) {
                (void)reader_.finish();
                notebook_.ended = "the server ended it";
                return State::ended;
            } else {
                return fail("the server does not speak HTTP");
            }
        }
        return state_;
    }
    base::Bytes take_output() override { return base::Bytes::copy_of(std::exchange(request_, {})); }
    std::string refusal() const override { return refusal_; }

  private:
    State fail(std::string why) {
        refusal_ = std::move(why);
        return State::failed;
    }

    std::string request_;
    Notebook& notebook_;
    ProbeReader reader_;
    http::ResponseParser parser_;
    State state_ = State::asking;
    std::string refusal_;
};

class RtmpProbe final : public Watcher {
  public:
    RtmpProbe(const RtmpUrl& url, Notebook& notebook)
        : notebook_(notebook),
          bodies_(notebook.findings),
          connection_({.tc_url = print_tc_url(url),
                       .app = url.app,
                       .stream_key = url.key,
                       .client = "weir-probe",
                       .purpose = rtmp::Purpose::play},
                      base::read_clocks().instant) {
        notebook.findings.set_container("RTMP");
    }

    State receive(base::ByteView bytes, base::Now now) override {
        connection_.receive(bytes, now.instant);
        while (auto event = connection_.next_event()) {
            if (const auto* media = std::get_if<rtmp::Media>(&*event)) {
                notebook_.note(media->body.size(), now.instant);
                bodies_.receive(flv::tag_type(media->kind), media->timestamp, media->body);
            } else if (auto* closed = std::get_if<rtmp::ClientClosed>(&*event)) {
                refusal_ = std::move(closed->text);
                notebook_.ended = refusal_.empty() ? "the server ended it" : refusal_;
                state_ = closed->kind == base::ErrorKind::closed ? State::ended : State::failed;
            } else {
                state_ = State::watching;
            }
        }
        return state_;
    }
    base::Bytes take_output() override { return connection_.take_output(); }
    std::string refusal() const override { return refusal_; }

  private:
    Notebook& notebook_;
    FlvFindings bodies_;
    rtmp::ClientConnection connection_;
    State state_ = State::asking;
    std::string refusal_;
};

base::Result<WatchReport> look(const WatchUrl& url, const net::TlsContextRef& tls, const WatchOptions& options,
                               Notebook& notebook) {
    if (const auto* rtmp = std::get_if<RtmpUrl>(&url))
        return watch_endless({rtmp->host, rtmp->port}, tls, options,
                             [&](MediaProbe*) { return std::make_unique<RtmpProbe>(*rtmp, notebook); });
    const auto& where = std::get<HttpUrl>(url);
    const std::string request =
        "GET " + where.path + " HTTP/1.1\r\nHost: " + where.host + "\r\nUser-Agent: weir-probe\r\n\r\n";
    return watch_endless({where.host, where.port}, nullptr, options,
                         [&](MediaProbe*) { return std::make_unique<HttpProbe>(request, notebook); });
}

}  // namespace

std::expected<ProbeReport, std::string> probe_endless(const WatchUrl& url, const ProbeOptions& options) {
    net::TlsContextRef tls;
    if (const auto* rtmp = std::get_if<RtmpUrl>(&url); rtmp != nullptr && rtmp->tls) {
        auto context = net::TlsContext::client(options.trust);
        if (!context) return std::unexpected(context.error());
        tls = *std::move(context);
    }
    Notebook notebook;
    const WatchOptions watch{.viewers = 1,
                             .duration = options.duration.value_or(usual_probe),
                             .probes = 1,
                             .progress = options.progress,
                             .trust = options.trust};
    const auto watched = look(url, tls, watch, notebook);
    if (!watched) return std::unexpected(std::string(watched.error().text));
    const std::string refusal = watched->refusal.empty() ? "the server does not answer" : watched->refusal;
    if (watched->failed > 0 && notebook.findings.is_empty()) return std::unexpected(refusal);
    ProbeReport report = notebook.findings.report();
    report.bytes = notebook.bytes;
    report.is_live = true;
    report.longest_silence = notebook.silence;
    report.ended = watched->failed > 0 ? refusal : notebook.ended;
    return report;
}

}  // namespace weir::app
