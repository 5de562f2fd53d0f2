// A response body that is still being made: whoever makes it appends slices of memory that exists already, the connection sends each
// as it comes, and waits for more. Nothing is made for a client that does not take what there is: a connection that is blocked
// lets slices gather here, which the maker bounds by what it appends. Lives on one shard, shared by the two.
#pragma once

#include "base/bytes.hpp"

#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace weir::net {

class HttpGrowth {
  public:
    enum class State : std::uint8_t {
        growing,
        whole,   ///< nothing more comes: what was appended is all of it
        broken,  ///< it will never be whole: the connection is cut, so that nobody takes what came for all of it
    };

    void append(std::span<const base::Bytes> slices) {
        pieces_.insert(pieces_.end(), slices.begin(), slices.end());
        wake();
    }
    void finish() { end(State::whole); }
    void give_up() { end(State::broken); }

    [[nodiscard]] State state() const noexcept { return state_; }
    /// What was appended since the last time.
    [[nodiscard]] std::vector<base::Bytes> take() { return std::exchange(pieces_, {}); }
    [[nodiscard]] bool has_pieces() const noexcept { return !pieces_.empty(); }
    /// Called once, at the next change. It may be given before, or taken away (null) by who goes away first.
    void on_change(std::function<void()> waker) { waker_ = std::move(waker); }

  private:
    void end(State state) {
        if (state_ != State::growing) return;
        state_ = state;
        wake();
    }
    void wake() {
        if (const auto waker = std::exchange(waker_, nullptr)) waker();
    }

    State state_ = State::growing;
    std::vector<base::Bytes> pieces_;
    std::function<void()> waker_;
};

}  // namespace weir::net
