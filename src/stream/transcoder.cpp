#include "stream/transcoder.hpp"

namespace weir::stream {

std::string_view name(RungState state) noexcept {
    switch (state) {
        using enum RungState;
        case starting: return "starting";
        case running: return "running";
        case recovering: return "recovering";
        case shed: return "shed";
        case failed: return "failed";
        case left_out: return "left_out";
    }
    return "failed";
}

}  // namespace weir::stream
