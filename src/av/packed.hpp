// Pictures whose samples of several colours lie side by side, as those of a PNG do, as planes: what a scaler reads. What is
// transparent comes out as it is over black.
#pragma once

#include "av/frame.hpp"
#include "base/result.hpp"

namespace weir::av {

/// `picture` itself where it has planes already, or is of a kind that is not known here: the scaler has the word then.
[[nodiscard]] base::Result<Frame> with_planes(Frame picture);

}  // namespace weir::av
