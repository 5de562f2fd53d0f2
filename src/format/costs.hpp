// What transcoding costs on one machine, as `weir-worker calibrate` measures it, and the line of JSON that it says it in:
//   {"version":1,"decode":0.0022,"scale":0.0011,"audio":0.042,"encode":{"ultrafast":0.0052,"veryfast":0.0116}}
// The server keeps that line in its store; another version is measured anew.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace weir::format {

/// CPU seconds. The defaults are those of one ordinary core, and hold until this machine has been measured.
struct CostModel {
    double decode = 0.0022;  ///< a megapixel of H.264 of the source
    double scale = 0.0011;   ///< a megapixel made by scaling
    double audio = 0.042;    ///< a second of sound, decoded and encoded as AAC
    /// A megapixel of H.264, by x264's preset.
    std::map<std::string, double, std::less<>> encode{{"veryfast", 0.0116}};

    friend bool operator==(const CostModel&, const CostModel&) = default;
};

inline constexpr int cost_model_version = 1;

/// Members may stand in any order, and unknown ones are passed over; all of the known ones must be there, and positive.
[[nodiscard]] base::Result<CostModel> parse_costs(std::string_view text);
/// One line, without its end.
[[nodiscard]] std::string write(const CostModel& costs);

}  // namespace weir::format
