// The API with what it stands on, and clients of it without sockets: a shard for the streams and the handlers, a desk for the book, a
// store of its own, and restreaming that writes down what it is told.
#pragma once

#include "api/control.hpp"
#include "api/sessions.hpp"
#include "api/stream_book.hpp"
#include "api/streams.hpp"
#include "net/route_answers.hpp"
#include "stream/house.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include <unistd.h>

namespace weir::api::test {

namespace json = boost::json;

/// A folder that is gone with the test.
class Store {
  public:
    Store() {
        std::string name = "/tmp/weir-store-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~Store() { std::filesystem::remove_all(path_); }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    [[nodiscard]] std::filesystem::path path() const { return path_; }
    [[nodiscard]] std::filesystem::path file() const { return path_ / "streams.json"; }
    [[nodiscard]] std::string text() const {
        std::ifstream file_now(file());
        return {std::istreambuf_iterator<char>(file_now), {}};
    }
    void write(std::string_view text) const { std::ofstream(file()) << text; }

  private:
    std::filesystem::path path_;
};

/// Viewers that exist on paper alone.
class PaperViewers final : public stream::SessionSource {
  public:
    void list_sessions(std::vector<stream::SessionInfo>& into) const override {
        into.insert(into.end(), sessions.begin(), sessions.end());
    }
    bool end_session(std::string_view id) override {
        return std::erase_if(sessions, [&](const stream::SessionInfo& one) { return one.id == id; }) > 0;
    }
    std::vector<stream::SessionInfo> sessions;
};

class ApiHouse {
  public:
    explicit ApiHouse(const Store& store, config::Config file = {})
        : config_(shards_, std::make_shared<const config::Config>(file)),
          overlay_(shards_, std::make_shared<const config::Overlay>()),
          book_({.config = config_,
                 .overlay = overlay_,
                 .reloaded = [](const auto&) {},
                 .restreaming = {
                     .check = [](std::string_view, std::string_view url) -> std::expected<void, std::string> {
                         if (url.starts_with("rtmp://")) return {};
                         return std::unexpected("is no address that a stream can be sent to");
                     },
                     .set = [this](const std::string& stream, const auto& targets) { sent[stream] = targets; },
                     .list = [this](const std::string& stream) { return statuses(stream); }},
                 .log = journal_.log()},
                store.path()),
          around_{registry, config_, overlay_, book_, desk_.at(0)},
          sessions_{registry, shards_, config_, {[this](std::size_t) -> stream::SessionSource& { return viewers; }}} {
        load(std::move(file));
        std::vector<net::Route> routes = stream_routes(registry, &overlay_);
        std::ranges::move(control_routes(around_), std::back_inserter(routes));
        std::ranges::move(session_routes(sessions_), std::back_inserter(routes));
        router_.emplace(std::move(routes));
    }
    ~ApiHouse() {
        desk_.stop();
        shards_.stop();
        registry.clear();
    }
    ApiHouse(const ApiHouse&) = delete;
    ApiHouse& operator=(const ApiHouse&) = delete;

    /// The configuration file as it is now.
    void load(config::Config file) {
        on(desk_.at(0), [&] { book_.set_base(std::make_shared<const config::Config>(std::move(file))); });
        on(shards_.at(0), [] {});
    }

    json::value ask(std::string_view method, std::string_view target, const std::string& body = {},
                    const std::string& fields = "Content-Type: application/json\r\n") {
        const auto request = proto::http::parse_request(std::string(method) + ' ' + std::string(target) +
                                                        " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        EXPECT_TRUE(request);
        net::HttpRouter::Match match = router_->match(*request);
        if (match.route == nullptr) return json_of(*match.response);
        net::RequestContext context{.shard = shards_.at(0),
                                    .now = stream::test::at(std::chrono::seconds(10)),
                                    .peer = boost::asio::ip::make_address(peer),
                                    .peer_port = 50112,
                                    .captures = match.captures,
                                    .body = body};
        return json_of(answer(match.route->handler, *request, context));
    }

    /// Live, with a keyframe of 1280x720 and sound.
    std::shared_ptr<stream::Stream> publish(const base::StreamId& id) {
        std::shared_ptr<stream::Stream> stream;
        on(shards_.at(0), [&] {
            const base::Now now = base::read_clocks();
            stream = *registry.open(id, {.options = config::options_for(*config_.get(shards_.at(0)), id.text())},
                                    shards_.at(0), now);
            publication = *stream->publish(
                {.id = "p-1", .protocol = "rtmp", .peer = "192.0.2.7:50112", .client = ""},
                [this](std::string_view reason) { evicted = reason; }, now);
            stream->push(publication, {{stream::test::key(0, 1000), stream::test::both()}}, {}, now);
            registry.refresh(stream, now);
        });
        return stream;
    }
    /// A keyframe that comes `time` milliseconds after the first.
    void send(stream::Stream& stream, std::int64_t time) {
        on(shards_.at(0), [&] {
            base::Now now = base::read_clocks();
            now.instant += std::chrono::milliseconds(time);
            now.wall += std::chrono::milliseconds(time);
            stream.push(publication, {{stream::test::key(time, 1000), stream::test::both()}}, {}, now);
        });
    }
    /// Runs `task` there, and waits until it has run.
    template <typename Task>
    void on(net::Shard& shard, Task task) {
        std::promise<void> done;
        shard.post([&] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }

    [[nodiscard]] const ControlSurroundings& control() const noexcept { return around_; }
    [[nodiscard]] const SessionSurroundings& sessions() const noexcept { return sessions_; }

    unsigned status = 0;
    std::string peer = "127.0.0.1";
    std::string evicted;
    stream::PublicationId publication = 0;
    stream::test::PackagerShelf shelf;
    stream::Registry registry{{.streams = 1000}, shelf.factory()};
    PaperViewers viewers;
    std::map<std::string, std::vector<config::PushTarget>> sent;  ///< of the desk

  private:
    json::value json_of(const net::HttpResponse& response) {
        status = code(response.status);
        const std::string text = net::text_of(response);
        return text.empty() ? json::value() : json::parse(text);
    }
    net::HttpResponse answer(const net::HttpHandler& handler, const proto::http::Request& request,
                             net::RequestContext& context) {
        if (const auto* plain = std::get_if<net::PlainHandler>(&handler)) {
            net::HttpResponse response;
            on(shards_.at(0), [&] { response = (*plain)(request, context); });
            return response;
        }
        std::promise<net::HttpResponse> answered;
        boost::asio::co_spawn(shards_.at(0).context(), std::get<net::AwaitableHandler>(handler)(request, context),
                              [&](const std::exception_ptr& failure, net::HttpResponse response) {
                                  if (failure) answered.set_exception(failure);
                                  else answered.set_value(std::move(response));
                              });
        return answered.get_future().get();
    }
    std::vector<stream::PushStatus> statuses(const std::string& stream) {
        std::vector<stream::PushStatus> list;
        for (const config::PushTarget& target : sent[stream])
            list.push_back({.id = target.id, .target = stream::shown_address(target.url), .rung = target.rung});
        return list;
    }

    base::Journal journal_{base::LogLevel::info, base::LogFormat::text, [](std::string_view) {}};
    net::Shards shards_{1};
    net::Shards desk_{1};
    net::ShardValue<config::Config> config_;
    net::ShardValue<config::Overlay> overlay_;
    StreamBook book_;
    ControlSurroundings around_;
    SessionSurroundings sessions_;
    std::optional<net::HttpRouter> router_;
};

}  // namespace weir::api::test
