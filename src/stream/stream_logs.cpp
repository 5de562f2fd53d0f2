// Which log of a stream a viewer follows.
#include "stream/stream.hpp"

namespace weir::stream {

/// Where the form has no place for the source's own sound it is given that which is encoded, if there is some.
Rendition* Stream::rendition_of(std::string_view rung, const WireFormat& format) noexcept {
    if (rung != source_.name()) return ladder_.find(rung);
    const media::Track* const sound = tracks() != nullptr ? tracks()->first(media::Kind::audio) : nullptr;
    const bool is_missed = sound != nullptr && format.can_carry != nullptr && !format.can_carry(*sound);
    Rendition* const heard = is_missed ? ladder_.with_encoded_sound() : nullptr;
    return heard != nullptr ? heard : &source_;
}

base::Result<std::uint64_t> Stream::open_log(std::string_view rung, const WireFormat& format, LogSubscriber subscriber,
                                             base::Now now) {
    Rendition* const rendition = rendition_of(rung, format);
    if (rendition == nullptr) return base::fail(base::ErrorKind::not_found, "the stream has no such rendition");
    if (stream::is_over(state_)) return base::fail(base::ErrorKind::closed, "the stream is over");
    if (!logs_.has(*rendition, format) && is_memory_full())
        return base::fail(base::ErrorKind::too_large, "the memory that `limits.memory` allows is in use");
    const auto id = logs_.open(*rendition, format, std::move(subscriber), now);
    note_followers();
    return id;
}

}  // namespace weir::stream
