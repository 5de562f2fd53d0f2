#include "app/listening.hpp"

#include "app/certificates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::app {

namespace asio = boost::asio;

namespace {

struct Row {
    std::string_view key;
    const config::ListenAddress& address;
    net::Listener::Accept accept;
    bool is_tls = false;
};

}  // namespace

std::expected<void, std::string> Listening::open(const config::Config& config) {
    const auto plain = [](auto& server) {
        return [&server](net::Shard& shard, asio::ip::tcp::socket socket) { server.serve(shard, std::move(socket)); };
    };
    const auto secure = [&certificates = around_.certificates](auto& server) {
        return [&server, &certificates](net::Shard& shard, asio::ip::tcp::socket socket) {
            server.serve(shard, std::move(socket), certificates.context(shard));
        };
    };
    const Row rows[] = {
        {"http.listen", config.http.listen, plain(around_.http)},
        {"http.tls_listen", config.http.tls_listen, secure(around_.http), true},
        {"rtmp.listen", config.rtmp.listen, plain(around_.rtmp)},
        {"rtmp.tls_listen", config.rtmp.tls_listen, secure(around_.rtmp), true},
        {"rtsp.listen", config.rtsp.listen, plain(around_.rtsp)},
        {"rtsp.tls_listen", config.rtsp.tls_listen, secure(around_.rtsp), true},
    };
    for (const Row& row : rows) {
        if (!row.address.enabled || find(row.key) != nullptr) continue;
        if (row.is_tls && !around_.certificates.has_one()) continue;
        auto listener = net::Listener::create(around_.shards, row.address, row.accept);
        const std::string address = config::print_value(row.address);
        if (!listener) return std::unexpected(fmt::format("{}: {}: {}", row.key, address, listener.error().text));
        around_.log.info("listening", {{"key", row.key}, {"address", address}, {"port", (*listener)->port()}});
        open_.push_back({row.key, *std::move(listener)});
    }
    return open_srt(config.srt.listen);
}

std::expected<void, std::string> Listening::open_srt(const config::ListenAddress& address) {
    if (!address.enabled || srt_ != nullptr) return {};
    auto listener = net::SrtListener::create(
        around_.shards, around_.srt_poller, address,
        [&srt = around_.srt](const net::SrtListener::Caller& caller) { return srt.admit(caller); },
        [&srt = around_.srt](net::Shard& shard, net::SrtSocket socket) { srt.serve(shard, std::move(socket)); });
    const std::string where = config::print_value(address);
    if (!listener) return std::unexpected(fmt::format("srt.listen: {}: {}", where, listener.error().text));
    srt_ = *std::move(listener);
    around_.log.info("listening", {{"key", "srt.listen"}, {"address", where}, {"port", srt_->port()}});
    return {};
}

void Listening::start() {
    for (; started_ < open_.size(); ++started_) open_[started_].listener->start();
    if (srt_ != nullptr && !std::exchange(is_srt_started_, true)) srt_->start();
}

void Listening::stop() {
    for (const Open& open : open_) open.listener->stop();
    if (srt_ != nullptr) srt_->stop();
}

std::uint16_t Listening::rtmp_port() const noexcept {
    const net::Listener* const rtmp = find("rtmp.listen");
    return rtmp != nullptr ? rtmp->port() : 0;
}

const net::Listener* Listening::find(std::string_view key) const noexcept {
    const auto found = std::ranges::find(open_, key, &Open::key);
    return found != open_.end() ? found->listener.get() : nullptr;
}

}  // namespace weir::app
