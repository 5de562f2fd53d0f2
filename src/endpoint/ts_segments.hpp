// Transport stream segments that were made lately, of one shard: made for the first player who asks, kept for those who come after. The
// one that nobody asked for longest makes room; while memory is short none are kept.
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/memory.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "package/hls_ts.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace weir::endpoint {

struct TsLimits {
    base::ByteCount kept{64U << 20};

    void fields(this auto& self, auto&& visit) {
        visit("kept", self.kept,
              base::Limit{.what = "MPEG-TS segments kept for HLS, on all threads",
                          .at_limit = "the one asked for longest ago goes, and is made again when it is asked for",
                          .metric = "weir_ts_kept_bytes"});
    }
};

struct TsCounts {
    base::Counter playlists;
    base::Counter segments;
    base::Counter made;
    base::Gauge kept_bytes;

    void fields(this auto& self, auto&& visit) {
        visit("playlists", self.playlists, "HLS playlists of MPEG-TS segments that were asked for.");
        visit("segments", self.segments, "MPEG-TS segments that were asked for.");
        visit("made", self.made, "MPEG-TS segments that were made.");
        visit("kept_bytes", self.kept_bytes, "Bytes of the MPEG-TS segments that are kept.");
    }
};

class TsSegments {
  public:
    /// All three outlive it.
    TsSegments(base::ByteCount kept, const base::MemoryLimit& memory, TsCounts& counts) noexcept
        : most_(kept.bytes()), memory_(memory), counts_(counts) {}

    /// `address` is the segment's among all of the server. Nothing while memory is full and it would have to be made.
    [[nodiscard]] base::Result<std::vector<base::Bytes>> get(const std::string& address,
                                                             const package::hls_ts::Sources& sources);

  private:
    struct Made {
        std::string address;
        std::vector<base::Bytes> bytes;
        std::size_t size;
    };

    void keep(Made made);
    void drop_oldest();

    std::size_t most_;
    const base::MemoryLimit& memory_;
    TsCounts& counts_;
    std::list<Made> made_;  ///< asked for lately first
    std::map<std::string, std::list<Made>::iterator, std::less<>> places_;
    std::size_t bytes_ = 0;
};

}  // namespace weir::endpoint
