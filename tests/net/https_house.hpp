// An HttpServer with a few routes on two listeners, plain and TLS, for tests of what is between a socket and a route.
#pragma once

#include "net/http_server.hpp"

#include "net/certificates.hpp"
#include "net/listener.hpp"

#include <gtest/gtest.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace weir::net {

class HttpsHouse : public testing::Test {
  protected:
    void start(const HttpLimits& limits = {}) {
        server_.emplace(shards_, routes(), limits, TrustedProxies(), &memory);
        const config::ListenAddress address{.host = "127.0.0.1", .port = 0, .enabled = true};
        plain_ = *Listener::create(shards_, address,
                                   [this](Shard& shard, auto socket) { server_->serve(shard, std::move(socket)); });
        secure_ = *Listener::create(shards_, address, [this](Shard& shard, auto socket) {
            server_->serve(shard, std::move(socket), context_of(shard));
        });
        plain_->start();
        secure_->start();
    }
    ~HttpsHouse() override { shards_.stop(); }

    [[nodiscard]] std::uint16_t port() const { return secure_->port(); }
    [[nodiscard]] std::uint16_t plain_port() const { return plain_->port(); }
    [[nodiscard]] const HttpCounts& counts() const { return server_->counts(); }
    [[nodiscard]] const TlsCounts& tls() const { return server_->tls_counts(); }
    /// Another certificate for those who come from here on.
    void show(const std::string& name) {
        const std::lock_guard lock(mutex_);
        context_ = *TlsContext::server(certificates.make(name, "localhost"));
    }
    static bool eventually(const std::function<bool()>& condition) {
        for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return condition();
    }
    /// What an endless answer's socket is given to say, from its shard.
    void say_to_viewer(const std::string& bytes) {
        const std::lock_guard lock(mutex_);
        viewer_.shard->post([this, bytes] { send(bytes); });
    }
    /// The viewer's connection, as a broadcaster would find it.
    [[nodiscard]] bool has_viewer() {
        const std::lock_guard lock(mutex_);
        return viewer_.shard != nullptr;
    }
    void close_viewer() {
        const std::lock_guard lock(mutex_);
        viewer_.shard->post([this] {
            const std::lock_guard inner(mutex_);
            ::close(viewer_.conduit.socket);
            viewer_.place = HttpPlace();
        });
    }

    Certificates certificates;
    base::MemoryLimit memory;
    std::atomic<int> viewer_error = 0;  ///< of the last thing said to it
    std::atomic<bool> is_held = true;   ///< /held waits for as long

    static const std::string& large_text() {
        static const std::string text = [] {
            std::string made(3'000'000, '\0');
            for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>('a' + i % 23 + i / 5000 % 3);
            return made;
        }();
        return text;
    }

  private:
    TlsContextRef context_of(Shard&) {
        const std::lock_guard lock(mutex_);
        return context_;
    }
    void send(const std::string& bytes) {
        const std::lock_guard lock(mutex_);
        iovec run{const_cast<char*>(bytes.data()), bytes.size()};
        if (viewer_.conduit.tls != nullptr) {
            (void)viewer_.conduit.tls->send(viewer_.conduit.socket, {&run, 1}, scratch_);
            return;
        }
        if (::send(viewer_.conduit.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            viewer_error = errno;
    }
    std::vector<Route> routes() {
        using proto::http::Method;
        std::vector<Route> routes;
        const auto plain = [&](Method method, std::string_view pattern, auto handler) {
            routes.push_back({method, pattern, Audience::media, PlainHandler(handler)});
        };
        plain(Method::get, "/hello/{name}", [](const auto&, RequestContext& context) {
            return HttpResponse::of("text/plain", "hello " + std::string(context.captures["name"]));
        });
        plain(Method::get, "/large", [](const auto&, auto&) {
            std::vector<base::Bytes> slices;
            const base::Bytes whole = base::Bytes::copy_of(large_text());
            for (std::size_t at = 0; at < whole.size(); at += 54'321) slices.push_back(whole.slice(at, 54'321));
            return HttpResponse{.content_type = "video/mp4", .ranges = true, .body = std::move(slices)};
        });
        plain(Method::post, "/echo",
              [](const auto&, RequestContext& context) { return HttpResponse::of("text/plain", context.body); });
        plain(Method::get, "/endless", [this](const auto&, RequestContext& context) {
            return HttpResponse{.content_type = "video/x-flv",
                                .body = HttpTakeover([this, &shard = context.shard](Conduit conduit, HttpPlace place,
                                                                                    const base::Bytes& head) {
                                    {
                                        const std::lock_guard lock(mutex_);
                                        viewer_ = {std::move(conduit), std::move(place), &shard};
                                    }
                                    send(std::string(base::as_text(head.view())) + "FLV");
                                })};
        });
        plain(Method::get, "/growing/{end}", [](const auto&, RequestContext& context) {
            auto growth = std::make_shared<HttpGrowth>();
            const base::Bytes pieces[] = {base::Bytes::copy_of("one "), base::Bytes::copy_of("two")};
            growth->append(std::span(pieces).first(1));
            const bool is_whole = context.captures["end"] == "whole";
            const auto timer =
                std::make_shared<boost::asio::steady_timer>(context.shard.context(), std::chrono::milliseconds(20));
            timer->async_wait([timer, growth, is_whole, last = pieces[1]](auto) {
                growth->append({&last, 1});
                if (is_whole) growth->finish();
                else growth->give_up();
            });
            return HttpResponse{.content_type = "video/mp4", .body = std::move(growth)};
        });
        routes.push_back({Method::get, "/held", Audience::api,
                          AwaitableHandler([this](const auto&, RequestContext& context) { return hold(context); })});
        return routes;
    }
    boost::asio::awaitable<HttpResponse> hold(RequestContext& context) {
        boost::asio::steady_timer timer(context.shard.context());
        while (is_held) {
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return HttpResponse::of("text/plain", "let go");
    }

    Shards shards_{1};
    std::mutex mutex_;
    TlsContextRef context_ = *TlsContext::server(certificates.make("first", "localhost"));
    std::optional<HttpServer> server_;
    std::unique_ptr<Listener> plain_;
    std::unique_ptr<Listener> secure_;
    struct Viewer {
        Conduit conduit;
        HttpPlace place;
        Shard* shard = nullptr;
    };
    Viewer viewer_;
    Scratch scratch_{8192};
};

}  // namespace weir::net
