// What the server listens on, a row for each key of the configuration that names an address. What is served over TLS waits for the
// first certificate. Who comes is handed to the protocol's endpoint. Owned by the server, and goes before everything that it hands to.
#pragma once

#include "base/journal.hpp"
#include "config/config.hpp"
#include "endpoint/rtmp.hpp"
#include "endpoint/rtsp.hpp"
#include "endpoint/srt.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/shards.hpp"
#include "net/srt_listener.hpp"
#include "net/srt_poller.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

class Certificates;

class Listening {
  public:
    struct Surroundings {
        net::Shards& shards;
        Certificates& certificates;
        net::HttpServer& http;
        endpoint::RtmpEndpoint& rtmp;
        endpoint::RtspEndpoint& rtsp;
        endpoint::SrtEndpoint& srt;
        net::SrtPoller& srt_poller;
        base::Log log;
    };

    explicit Listening(Surroundings around) : around_(std::move(around)) {}

    /// Binds what has an address and is not open yet: at the start all, later what had to wait for a certificate.
    [[nodiscard]] std::expected<void, std::string> open(const config::Config& config);
    /// Lets in who comes, on all that is open.
    void start();
    void stop();

    /// Zero where RTMP is not listened to.
    [[nodiscard]] std::uint16_t rtmp_port() const noexcept;

  private:
    struct Open {
        std::string_view key;
        std::unique_ptr<net::Listener> listener;
    };

    [[nodiscard]] const net::Listener* find(std::string_view key) const noexcept;
    [[nodiscard]] std::expected<void, std::string> open_srt(const config::ListenAddress& address);

    Surroundings around_;
    std::vector<Open> open_;
    std::unique_ptr<net::SrtListener> srt_;
    std::size_t started_ = 0;  ///< of `open_`
    bool is_srt_started_ = false;
};

}  // namespace weir::app
