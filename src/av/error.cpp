#include "av/error.hpp"

#include <array>

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
        case AVERROR(EIO):
        case AVERROR(ECONNREFUSED):
        case AVERROR(ECONNRESET):
        case AVERROR(EHOSTUNREACH):
        case AVERROR(ENETUNREACH):
        case AVERROR_HTTP_SERVER_ERROR: return base::ErrorKind::io;
        case AVERROR_EXIT:  // the caller gave up waiting
        case AVERROR(ETIMEDOUT): return base::ErrorKind::timed_out;
        case AVERROR(EACCES):
        case AVERROR_HTTP_UNAUTHORIZED:
        case AVERROR_HTTP_FORBIDDEN:
        case AVERROR_HTTP_BAD_REQUEST:
        case AVERROR_HTTP_OTHER_4XX: return base::ErrorKind::refused;
        case AVERROR(ENOENT):
        case AVERROR_HTTP_NOT_FOUND: return base::ErrorKind::not_found;
        default: return base::ErrorKind::internal;
    }
}

std::string describe(int number) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(number, text.data(), text.size());
    return text.data();
}

void silence() noexcept { av_log_set_level(AV_LOG_QUIET); }

}  // namespace weir::av
