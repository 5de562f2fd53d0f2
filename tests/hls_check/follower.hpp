// An exact client of a live server, for the checker: it reads the multivariant playlist again and again and follows every media
// playlist in it, each over connections of its own: by blocking reloads with delta updates where the server has them, asking for
// the hinted part beside; by polling where it has not. One thread.
#pragma once

#include "app/http_client.hpp"
#include "checker/checker.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace weir::checker {

struct FollowOptions {
    base::Duration duration = std::chrono::seconds(60);
    Checker::Settings rules{};
    bool is_steady = false;  ///< the source never pauses: what is late breaks a rule
};

class Follower {
  public:
    Follower(const app::HttpUrl& multivariant, const FollowOptions& options);

    /// Until the time is over, the stream, or a rule is broken. False when there was nothing to follow.
    [[nodiscard]] bool run();
    [[nodiscard]] const Checker& checker() const noexcept { return checker_; }
    /// Requests that were answered with something else than 200, by status; 0: not at all.
    [[nodiscard]] const std::map<int, std::size_t>& refusals() const noexcept { return refusals_; }

  private:
    boost::asio::awaitable<void> follow_variants();
    boost::asio::awaitable<void> follow(std::string address);
    boost::asio::awaitable<void> fetch_hint(std::string address, std::shared_ptr<app::HttpClient> client);
    boost::asio::awaitable<void> wait(base::Duration time);
    [[nodiscard]] std::optional<std::string> fetch(const std::string& address);
    [[nodiscard]] app::HttpUrl url_of(const std::string& address) const;
    [[nodiscard]] bool is_gone(const std::string& address);
    [[nodiscard]] bool is_over() const noexcept;
    void count(int status);

    app::HttpUrl multivariant_;
    FollowOptions options_;
    boost::asio::io_context context_{1};
    boost::asio::io_context objects_context_{1};  ///< runs while one object is fetched
    app::HttpClient objects_;
    std::map<std::string, std::string> hinted_;  ///< what came for hints, until it is taken
    std::set<std::string> followed_;
    std::map<int, std::size_t> refusals_;
    base::Instant end_;
    Checker checker_;
};

}  // namespace weir::checker
