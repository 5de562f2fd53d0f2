#include "net/log_tail.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <ranges>
#include <utility>

namespace weir::net {

void LogTail::append(const stream::LogBatch& batch) {
    assert(runs_.empty() || batch.offset == end_);
    end_ = batch.offset;
    for (const base::Bytes& bytes : batch.bytes) {
        if (runs_.empty() || !runs_.back().bytes.extend(bytes)) runs_.push_back({end_, bytes});
        end_ += bytes.size();
    }
    marks_.insert(marks_.end(), batch.marks.begin(), batch.marks.end());
}

void LogTail::let_go(std::uint64_t begin) {
    while (!runs_.empty() && runs_.front().offset + runs_.front().bytes.size() <= begin) runs_.pop_front();
    while (!marks_.empty() && marks_.front().offset < begin) marks_.pop_front();
    records_.set(marks_.size() * sizeof(stream::LogMark));
}

const stream::LogMark* LogTail::newest_join() const noexcept {
    const auto marks = marks_ | std::views::reverse;
    const auto newest = std::ranges::find_if(marks, &stream::LogMark::join);
    return newest != marks.end() ? &*newest : nullptr;
}

base::Bytes LogTail::rest_of_message(std::uint64_t offset) const {
    const auto next = std::ranges::lower_bound(marks_, offset, {}, &stream::LogMark::offset);
    const std::uint64_t message_end = next == marks_.end() ? end_ : next->offset;
    if (message_end == offset) return {};
    base::Buffer rest(message_end - offset);
    std::size_t done = 0;
    each_run(offset, [&](base::ByteView run) {
        const base::ByteView piece = run.first(std::min(run.size(), rest.size() - done));
        std::ranges::copy(piece, rest.span().begin() + static_cast<std::ptrdiff_t>(done));
        done += piece.size();
        return done < rest.size();
    });
    return std::move(rest).freeze();
}

std::deque<LogTail::Run>::const_iterator LogTail::holding(std::uint64_t offset) const noexcept {
    return std::ranges::upper_bound(runs_, offset, {}, &Run::offset) - 1;
}

}  // namespace weir::net
