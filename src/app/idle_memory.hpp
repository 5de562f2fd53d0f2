// What a server needed at its busiest goes back to the system when it is quiet. Threads give back the slabs that they have kept in
// vain; and when half of the media has gone, so do the free pages between what is left: the allocator gives them back by and by, and only
// while its thread goes on allocating.
#pragma once

#include "net/shards.hpp"

#include <cstddef>

namespace weir::app {

class IdleMemory {
  public:
    explicit IdleMemory(net::Shards& shards) : shards_(shards) {}

    /// Once in some seconds, by a thread that nobody waits for. The shards must outlive what this posts to them.
    void look();

  private:
    net::Shards& shards_;
    std::size_t most_ = 0;  ///< bytes of media at once since free pages went back
};

}  // namespace weir::app
