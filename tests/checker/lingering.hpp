// What left a playlist and must still be there (RFC 8216bis 6.2.2): a segment until it first appeared plus its Availability
// Duration, a part for three target durations. Each is asked for once, shortly before its time is over.
#pragma once

#include "checker/tape.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir::checker {

class Lingering {
  public:
    explicit Lingering(std::string address) : address_(std::move(address)) {}

    /// `now` is a version after `before`; what is new in it is no older than `since`.
    void look(const Playlist& before, const Playlist& now, base::WallTime since);
    void ask(base::WallTime at, const Fetch& fetch, Findings& findings);
    void restart();

  private:
    struct Listed {
        base::WallTime since;
        Time longest{};  ///< playlist that held it
    };
    struct Owed {
        std::string uri;
        base::WallTime until;
        Rule rule;
    };
    void note_removed(const Segment& segment, const Segment* still, const Playlist& now, base::WallTime since);

    std::string address_;
    std::map<std::uint64_t, Listed> listed_;
    std::vector<Owed> owed_;
};

}  // namespace weir::checker
