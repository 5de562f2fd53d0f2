// A place among the connections that a server takes (`HttpLimits::connections`). Whoever takes a socket over has the place with it and
// keeps it as long as the socket: dropping it is the only way out of the count. Lives on the connection's shard.
#pragma once

#include <memory>
#include <utility>

namespace weir::net {

class HttpShard;

class HttpPlace {
  public:
    /// None.
    HttpPlace() noexcept = default;
    explicit HttpPlace(std::shared_ptr<HttpShard> among);
    HttpPlace(HttpPlace&&) noexcept = default;
    HttpPlace& operator=(HttpPlace other) noexcept {
        std::swap(among_, other.among_);
        return *this;
    }
    ~HttpPlace();

  private:
    std::shared_ptr<HttpShard> among_;
};

}  // namespace weir::net
