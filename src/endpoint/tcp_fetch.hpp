// A source that is fetched over TCP, with TLS or without: connects where that is allowed, reads as fast as its sink takes it, and knows when
// it has been silent for too long. What is spoken there the protocol adds: it makes a machine once the connection is there, feeds it, and
// tells the sink. Lives on its shard; its coroutines keep it after its owner has gone, and end at their next step.
#pragma once

#include "endpoint/puller.hpp"
#include "net/tls_limits.hpp"
#include "net/transport.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace weir::endpoint {

class TcpFetch {
  public:
    struct Source {
        std::string host;
        std::uint16_t port = 0;
        bool tls = false;
        std::string wrong{};  ///< why there is nothing to connect to
    };

    TcpFetch(PullRequest request, Source source, PullSink& sink, net::Shard& shard);
    virtual ~TcpFetch() = default;
    TcpFetch(const TcpFetch&) = delete;
    TcpFetch& operator=(const TcpFetch&) = delete;

    /// Begins; the puller lets go of it.
    [[nodiscard]] static std::unique_ptr<Puller> start(std::shared_ptr<TcpFetch> fetch, net::Shard& shard);

  protected:
    /// The connection is there.
    virtual void begin(base::Now now) = 0;
    /// False once it is over, here and in `tick`.
    [[nodiscard]] virtual bool receive(base::ByteView bytes, base::Now now) = 0;
    /// About five times a second, from `begin` on.
    [[nodiscard]] virtual bool tick(base::Now now) = 0;
    [[nodiscard]] virtual base::Bytes take_output() = 0;
    /// Nothing was read for a while, since the sink did not want it.
    virtual void resume(base::Now now) { (void)now; }
    /// The owner lets go: the last words go out as far as the socket takes them.
    virtual void finish() {}

    /// Null once nobody wants to hear any more.
    [[nodiscard]] PullSink* sink() const noexcept { return sink_; }
    [[nodiscard]] const PullRequest& request() const noexcept { return request_; }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
    /// Media came.
    void hear(base::Now now) noexcept { due_ = now.instant + request_.silence; }
    /// Says goodbye and connects anew; `begin` follows.
    void start_over(base::Now now);
    /// This end of the connection, and the other.
    [[nodiscard]] boost::asio::ip::address local_address();
    [[nodiscard]] boost::asio::ip::address peer_address();
    /// Sends what the machine has to say.
    void flush();
    void put(base::ByteView bytes) { (void)transport_.put(bytes, scratch_); }
    /// Tells the sink; always false.
    bool end(base::ErrorKind kind, std::string text);

  private:
    class Handle;

    static boost::asio::awaitable<void> run(std::shared_ptr<TcpFetch> self);
    static boost::asio::awaitable<void> watch(std::shared_ptr<TcpFetch> self);
    boost::asio::awaitable<bool> connect();
    bool greet_tls();
    boost::asio::awaitable<bool> read();
    void say_goodbye();
    void look(base::Now now);
    [[nodiscard]] std::string why_it_broke() const;
    void let_go();

    const PullRequest request_;
    const Source source_;
    PullSink* sink_;
    net::TlsCounts tls_counts_;
    net::Transport transport_;
    net::Scratch scratch_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer clock_;
    base::Instant due_;  ///< until then something has to come
    std::string peer_;
    bool has_begun_ = false;
    bool starts_over_ = false;
};

}  // namespace weir::endpoint
