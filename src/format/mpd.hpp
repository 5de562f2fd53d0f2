// A DASH manifest (MPD, ISO/IEC 23009-1) as structs, and how it is written. Only what a live stream of CMAF needs: segments by
// number in a timeline (5.3.9.6), periods, one clock. Texts come out escaped, and without what XML 1.0 cannot hold.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::format::mpd {

using std::chrono::microseconds;
using std::chrono::milliseconds;
/// xs:dateTime, UTC, to the millisecond.
using DateTime = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

/// S: `repeat` + 1 segments of one duration, in units of the template's timescale.
struct Run {
    std::uint64_t start = 0;
    std::uint64_t duration = 0;
    std::uint32_t repeat = 0;
    friend bool operator==(const Run&, const Run&) = default;
};

struct SegmentTemplate {
    std::uint32_t timescale = 1;
    std::uint64_t presentation_time_offset = 0;  ///< media time at the start of the period
    std::uint64_t start_number = 0;
    std::string initialization;
    std::string media;  ///< with $Number$
    /// How long before its end a segment can be asked for, and is sent as it is made; none: only when it is whole.
    std::optional<milliseconds> availability_time_offset;
    std::vector<Run> timeline;
};

struct Representation {
    std::string id;
    std::uint64_t bandwidth = 0;  ///< bits a second
    std::string codecs;
    std::uint32_t width = 0;  ///< 0: unsaid
    std::uint32_t height = 0;
    double frame_rate = 0;          ///< 0: unsaid
    std::uint32_t sample_rate = 0;  ///< Hz; 0: unsaid
    std::uint32_t channels = 0;     ///< 0: unsaid
    SegmentTemplate segments;
};

/// Representations of one content, any of which a player may continue another with at every segment.
struct AdaptationSet {
    std::string content_type;  ///< "video", "audio"
    std::string mime_type;
    std::string language;         ///< BCP 47; whatever else it is is left unsaid
    std::string role;             ///< of urn:mpeg:dash:role:2011; empty: unsaid
    bool is_independent = false;  ///< every segment begins with a stream access point of type 1
    std::vector<Representation> representations;
};

struct Period {
    std::string id;
    microseconds start{};                  ///< since the availability start time
    std::optional<microseconds> duration;  ///< none: it goes on
    std::vector<AdaptationSet> sets;
};

/// How late, and how fast, a service is meant to be played (annex K).
struct Service {
    milliseconds target{};
    milliseconds minimum{};
    milliseconds maximum{};
    double slowest = 1;
    double fastest = 1;
};

struct Manifest {
    bool is_dynamic = true;
    DateTime availability_start{};
    DateTime published{};
    milliseconds minimum_update_period{};  ///< of a dynamic one, as what follows
    milliseconds time_shift_buffer{};
    milliseconds suggested_delay{};
    std::optional<microseconds> duration;  ///< from the availability start time to the end; none: it goes on
    milliseconds longest_segment{};
    milliseconds minimum_buffer{};
    std::optional<Service> service;
    std::vector<Period> periods;
    std::string clock;  ///< address that answers with an xs:dateTime; empty: none
};

[[nodiscard]] std::string write(const Manifest& manifest);
/// xs:dateTime, as UTCTiming's address answers it.
[[nodiscard]] std::string write(DateTime time);

}  // namespace weir::format::mpd
