#include "endpoint/stream_pulls.hpp"

namespace weir::endpoint {

namespace {

constexpr std::string_view changed = "the configuration has changed";

}  // namespace

void StreamPulls::follow(PullSource source, PullSource backup, base::Now now) {
    if (source_pull_ != nullptr && source != source_) {
        source_pull_->stop(changed, source.addresses.empty() && backup.addresses.empty(), now);
        source_pull_.reset();
    }
    if (backup_pull_ != nullptr && backup != backup_) {
        backup_pull_->stop(changed, false, now);
        backup_pull_.reset();
    }
    source_ = std::move(source);
    backup_ = std::move(backup);
}

void StreamPulls::begin(base::Now now) {
    if (source_pull_ != nullptr || source_.addresses.empty()) return;
    source_pull_ = std::make_unique<Pull>(around_, id_, source_, shard_, now);
}

void StreamPulls::wanted(base::Now now) {
    begin(now);
    if (source_pull_ != nullptr) source_pull_->wanted(now);
}

// A wish may come late: its stream has ended since. A source that nobody watches needs no backup either.
void StreamPulls::backup_wanted(base::Now now) {
    const bool is_at_rest = source_pull_ != nullptr && is_idle(source_pull_);
    if (is_live() && !is_at_rest) want(now);
}

void StreamPulls::want(base::Now now) {
    if (backup_.addresses.empty()) return;
    if (backup_pull_ == nullptr) backup_pull_ = std::make_unique<Pull>(around_, id_, backup_, shard_, now);
    backup_pull_->wanted(now);
}

void StreamPulls::tick(base::Now now) {
    if (source_pull_ != nullptr) source_pull_->tick(now);
    if (!backup_.addresses.empty()) tick_backup(now);
}

void StreamPulls::tick_backup(base::Now now) {
    const bool has_failed = source_pull_ != nullptr && source_pull_->has_failed();
    if (!is_live() && has_failed) want(now);
    if (backup_pull_ == nullptr) return;
    backup_pull_->tick(now);
    // It would bring a stream back that has ended.
    const bool is_at_rest = source_pull_ != nullptr && is_idle(source_pull_);
    if (is_at_rest || (!is_live() && !has_failed)) backup_pull_->stop("it is not needed any more", false, now);
    else if (!is_idle(backup_pull_)) return;
    backup_pull_.reset();
}

bool StreamPulls::is_live() const {
    const auto stream = around_.contribution.registry.find(id_);
    return stream != nullptr && !stream->is_over();
}

}  // namespace weir::endpoint
