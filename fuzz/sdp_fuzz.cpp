// Session descriptions of strangers: never a crash, what parses writes back equal, and formats that are served make depacketizers or say why not.
#include "format/rtp_depacketizer.hpp"
#include "format/rtp_format.hpp"
#include "format/sdp.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace sdp = weir::format::sdp;
    namespace rtp = weir::format::rtp;
    const auto session = sdp::parse(weir::base::as_text({data, size}));
    if (!session) return 0;
    const std::string text = sdp::write(*session);
    const auto again = sdp::parse(text);
    if (!again || sdp::write(*again) != text) std::abort();
    for (const sdp::Media& media : session->media) {
        const auto format = rtp::parse_format(media);
        if (!format) {
            if (format.error().text.empty()) std::abort();
            continue;
        }
        const auto made = rtp::create_depacketizer(*format);
        if (!made) continue;
        while (const auto event = (*made)->next())
            if (const auto* track = std::get_if<weir::media::Track>(&*event))
                if (rtp::can_carry(*track) && !rtp::parse_format(rtp::describe(*track))) std::abort();
    }
    return 0;
}
