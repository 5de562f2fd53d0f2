// The wall clock in the picture: a user_data_unregistered SEI message (ITU-T H.264 D.1.7, H.265 D.2.7) under a UUID of Weir,
// with the nanoseconds since 1970 in 64 bits. `weir publish --clock` writes it, `weir watch` reads it: latency end to end.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "media/codec.hpp"

#include <optional>

namespace weir::media {

/// The access unit (four-byte lengths) with the clock in an SEI before its first picture.
/// `unsupported` for codecs without SEI.
[[nodiscard]] base::Result<base::Bytes> with_clock(Codec codec, base::ByteView access_unit, base::WallTime time);
/// The clock in the access unit; nothing where there is none.
[[nodiscard]] std::optional<base::WallTime> find_clock(Codec codec, base::ByteView access_unit);

}  // namespace weir::media
