// The viewers of an HTTP-FLV stream.
#include "app/watch_audience.hpp"
#include "format/flv_file.hpp"
#include "proto/http/response_parser.hpp"

#include <memory>

namespace weir::app {

namespace {

namespace flv = format::flv;
namespace http = proto::http;

class FlvWatcher final : public Watcher {
  public:
    FlvWatcher(std::string request, MediaProbe* probe)
        : request_(std::move(request)), probe_(probe), head_(std::make_unique<http::ResponseParser>()) {
        head_->expect(http::Method::get);
    }

    State receive(base::ByteView bytes, base::Now now) override {
        if (head_ == nullptr) return take_media(bytes, now);
        head_->receive(bytes);
        State state = State::asking;
        while (auto event = head_->next_event()) {
            if (const auto* response = std::get_if<http::Response>(&*event)) {
                state = State::watching;
                if (response->status != http::Status::ok)
                    return fail("status " + std::to_string(static_cast<int>(response->status)));
            } else if (const auto* body = std::get_if<http::BodyData>(&*event)) {
                if (take_media(body->bytes, now) == State::failed) return State::failed;
            } else {
                return fail("no HTTP response");
            }
        }
        if (state == State::watching) head_.reset();
        return state;
    }
    base::Bytes take_output() override { return base::Bytes::copy_of(std::exchange(request_, {})); }
    std::string refusal() const override { return refusal_; }

  private:
    State take_media(base::ByteView bytes, base::Now now) {
        if (probe_ == nullptr) return State::watching;
        reader_.receive(bytes);
        while (true) {
            const auto tag = reader_.next();
            if (!tag) return fail("no FLV");
            if (!*tag) return State::watching;
            probe_->see((*tag)->type, (*tag)->timestamp, (*tag)->body, now);
        }
    }
    State fail(std::string why) {
        refusal_ = std::move(why);
        return State::failed;
    }

    std::string request_;
    MediaProbe* probe_;
    std::unique_ptr<http::ResponseParser> head_;  ///< null once it is through
    flv::FileReader reader_;
    std::string refusal_;
};

}  // namespace

base::Result<WatchReport> watch_flv(const HttpUrl& url, const WatchOptions& options) {
    const std::string request =
        "GET " + url.path + " HTTP/1.1\r\nHost: " + url.host + "\r\nUser-Agent: weir-watch\r\n\r\n";
    return watch_endless({url.host, url.port}, nullptr, options,
                         [&](MediaProbe* probe) { return std::make_unique<FlvWatcher>(request, probe); });
}

}  // namespace weir::app
