// A strict client of HLS and LL-HLS: it is fed every version of a stream's playlists with the time at which it was had, fetches what
// they list, and keeps the first rule that was broken (rules.hpp) with the two versions that broke it. It is used under a virtual
// clock by simulations and against a live server by `hls_check`. No thread, no clock, no socket of its own.
#pragma once

#include "base/clock.hpp"
#include "checker/alignment.hpp"
#include "checker/lingering.hpp"
#include "checker/multivariant.hpp"
#include "checker/playlist.hpp"
#include "checker/succession.hpp"
#include "checker/tape.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace weir::checker {

/// A request for a playlist: the server answered with what it had between the two.
struct Moment {
    base::WallTime asked;
    base::WallTime had;
};

struct Seen {
    std::uint64_t versions = 0;
    std::uint64_t deltas = 0;
    std::uint64_t segments = 0;
    std::uint64_t gaps = 0;
    std::uint64_t breaks = 0;   ///< discontinuities, each in each rendition
    std::uint64_t objects = 0;  ///< that were fetched
};

class Checker {
  public:
    struct Settings {
        base::Duration propagation{};  ///< until all of a server's threads know what one of them does
        base::Duration late{};         ///< what a part or a segment may be late by, beyond what the rules allow
        bool sees_all = false;         ///< no version passes unseen
        std::set<Rule> tolerated{};    ///< rules that may be broken
    };

    Checker(Settings settings, Fetch fetch);

    /// `whole` is what `last_everywhere` was when it was asked for, if others were asked meanwhile.
    void see_multivariant(std::string_view text, std::optional<std::uint64_t> whole = {});
    /// The newest segment that was read of all; zero: there is one of which none was.
    [[nodiscard]] std::uint64_t last_everywhere() const;
    enum class Outcome : std::uint8_t { taken, needs_whole };
    /// The media playlist at `address`, whole or a delta update. `reload` is what `_HLS_msn` and `_HLS_part` asked for.
    Outcome see(const std::string& address, std::string_view text, Moment moment, std::optional<Position> reload = {});
    /// A delta update of the version before the last one that was seen, made at the same moment as that one.
    void see_delta(const std::string& address, std::string_view text);

    /// The source is there, and media flows: from here on nothing may be late. Or it is not.
    void set_steady(bool is_steady, base::WallTime now);
    /// The server began anew.
    void restart();
    /// The playlist is no longer there; one that comes in its place is another.
    void forget(const std::string& address) { renditions_.erase(address); }

    [[nodiscard]] const std::optional<Violation>& broken() const noexcept { return broken_; }
    [[nodiscard]] const Multivariant& multivariant() const noexcept { return multivariant_; }
    /// Null before the first version.
    [[nodiscard]] const Playlist* playlist(const std::string& address) const;
    [[nodiscard]] const Seen& seen() const noexcept { return seen_; }

  private:
    struct Rendition {
        explicit Rendition(const std::string& address) : tape(address), lingering(address) {}
        std::string text;
        std::string text_before;
        std::optional<Playlist> before;  ///< the version before the last one that was another
        std::optional<Playlist> playlist;
        Moment moment;
        base::WallTime since;  ///< what is new in it is no older
        Server server = Server::same;
        base::WallTime segment_came;
        base::WallTime part_came;
        Tape tape;
        Lingering lingering;
        PeakRate peak;
        std::optional<std::uint64_t> changing;  ///< the number that came next when CODECS began to differ
    };
    /// BANDWIDTH speaks of what was listed when it was said: up to `last`, and from where all begin that are read after it.
    struct Promise {
        std::string text;
        std::uint64_t last = 0;
        std::set<std::string> awaited;
    };

    Rendition& rendition(const std::string& address);
    void take(Rendition& at, const std::string& address, Playlist playlist, std::string_view text);
    void take_facts(Rendition& at, bool are_independent);
    void check_reload(const Playlist& playlist, Position asked);
    void check_pace(Rendition& at);
    void check_reports(const std::string& address, const Rendition& at);
    void check_report(const Report& report, const Rendition& at, const Rendition& of);
    void check_all_reported(const std::string& address, const Playlist& playlist);
    void check_variants(const Multivariant& playlist);
    void check_codec(const Variant& variant, Rendition& at);
    void check_bandwidths(std::uint64_t last);
    void keep_promise(const std::string& address);
    void conclude(const std::string& address, std::string_view before, std::string_view text);

    Settings settings_;
    Fetch fetch_;
    Multivariant multivariant_;
    std::optional<Promise> promise_;
    std::map<std::string, std::unique_ptr<Rendition>> renditions_;
    Alignment alignment_;
    bool is_steady_ = false;
    Findings findings_;
    std::optional<Violation> broken_;
    Seen seen_;
};

}  // namespace weir::checker
