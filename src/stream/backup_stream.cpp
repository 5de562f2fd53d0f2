#include "stream/backup_stream.hpp"

#include <utility>

namespace weir::stream {

BackupStream::~BackupStream() {
    *alive_ = false;
    if (publication_) into_.leave(*publication_, "it is not needed any more", last_);
}

void BackupStream::tick(base::Now now) {
    last_ = now;
    if (now.instant - looked_ >= interval) look(now);
}

// A stream that is over has a successor of its name, or will have.
void BackupStream::look(base::Now now) {
    looked_ = now.instant;
    const std::shared_ptr<Stream> found = registry_.find(of_);
    const bool is_there = found != nullptr && found.get() != &into_ && !found->is_over();
    if (is_there && found == followed_.lock()) return;
    give_.reset();
    followed_.reset();
    if (!is_there) {
        if (publication_) into_.leave(*std::exchange(publication_, {}), "the backup stream ended", now);
        return;
    }
    followed_ = found;
    give_ = std::make_shared<const Give>([this, alive = alive_](Item item, base::Now at) {
        if (*alive) take(std::move(item), at);
    });
    found->shard().post([weak = followed_, here = &into_.shard(), give = std::weak_ptr(give_), now] {
        if (const auto stream = weak.lock()) stream->follow({.executor = here, .give = give}, now);
    });
}

void BackupStream::take(Item item, base::Now now) {
    if (!publication_ && !publish(now)) return;
    std::vector<Item> items;
    items.push_back(std::move(item));
    into_.push(*publication_, std::move(items), {}, now);
}

bool BackupStream::publish(base::Now now) {
    if (now.instant - refused_ < interval) return false;
    const auto admitted = into_.publish(
        {.id = of_.text(), .protocol = "stream", .peer = {}, .client = {}, .rank = Rank::backup},
        [this](std::string_view) { publication_.reset(); }, now);
    if (!admitted) {
        refused_ = now.instant;
        return false;
    }
    publication_ = *admitted;
    return true;
}

}  // namespace weir::stream
