// An immutable value that every shard reads without a lock and that may be replaced while the server runs (the configuration):
// each shard has a pointer of its own, and a replacement is posted to each.
#pragma once

#include "net/shards.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace weir::net {

template <typename T>
class ShardValue {
  public:
    using Pointer = std::shared_ptr<const T>;

    ShardValue(Shards& shards, Pointer value)
        : shards_(shards), values_(std::make_shared<std::vector<Pointer>>(shards.count(), std::move(value))) {}

    /// On that shard. The pointer keeps the value alive through a replacement.
    [[nodiscard]] const Pointer& get(const Shard& shard) const noexcept { return (*values_)[shard.index()]; }

    /// Any thread; each shard sees the new value from its next task on.
    void set(Pointer value) {
        for (std::size_t index = 0; index < shards_.count(); ++index)
            shards_.at(index).post([values = values_, index, value] { (*values)[index] = value; });
    }

  private:
    Shards& shards_;
    std::shared_ptr<std::vector<Pointer>> values_;  ///< each element is touched by its own shard alone
};

}  // namespace weir::net
