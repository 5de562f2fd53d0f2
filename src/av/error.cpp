#include "av/error.hpp"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace weir::av {

base::ErrorKind kind_of(int number) noexcept {
    switch (number) {
        case AVERROR_INVALIDDATA: return base::ErrorKind::malformed;
        case AVERROR_DECODER_NOT_FOUND:
        case AVERROR_ENCODER_NOT_FOUND:
        case AVERROR_PATCHWELCOME:
        case AVERROR(ENOSYS):
        case AVERROR(ENOTSUP): return base::ErrorKind::unsupported;
        case AVERROR(ENOMEM): return base::ErrorKind::too_large;
        case AVERROR_EOF: return base::ErrorKind::closed;
        case AVERROR(EIO): return base::ErrorKind::io;
        default: return base::ErrorKind::internal;
    }
}

void silence() noexcept { av_log_set_level(AV_LOG_QUIET); }

}  // namespace weir::av
