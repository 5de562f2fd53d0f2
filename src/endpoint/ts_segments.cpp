#include "endpoint/ts_segments.hpp"

#include <utility>

namespace weir::endpoint {

base::Result<std::vector<base::Bytes>> TsSegments::get(const std::string& address,
                                                       const package::hls_ts::Sources& sources) {
    if (const auto known = places_.find(address); known != places_.end()) {
        made_.splice(made_.begin(), made_, known->second);
        return made_.front().bytes;
    }
    if (memory_.is_full())
        return base::fail(base::ErrorKind::too_large, "the memory that `limits.memory` allows is in use");
    std::vector<base::Bytes> bytes = TRY(package::hls_ts::write(sources));
    counts_.made.add();
    std::size_t size = 0;
    for (const base::Bytes& run : bytes) size += run.size();
    keep({address, bytes, size});
    return bytes;
}

void TsSegments::keep(Made made) {
    bytes_ += made.size;
    counts_.kept_bytes.add(static_cast<std::int64_t>(made.size));
    made_.push_front(std::move(made));
    places_[made_.front().address] = made_.begin();
    const bool is_short = memory_.is_short();
    while (!made_.empty() && (bytes_ > most_ || is_short)) drop_oldest();
}

void TsSegments::drop_oldest() {
    const Made& oldest = made_.back();
    bytes_ -= oldest.size;
    counts_.kept_bytes.subtract(static_cast<std::int64_t>(oldest.size));
    places_.erase(oldest.address);
    made_.pop_back();
}

}  // namespace weir::endpoint
