// What comes in by which protocol and goes out in which form, codec by codec: asked of the tables that the running server goes by, and
// so never another word than what a publisher or a viewer meets. The pages and the tests of what works are made of it. A stream has one
// payload form whatever it came by, so a source that takes a codec and a form that carries it are a pair that works.
#pragma once

#include "format/carriage.hpp"
#include "media/codec.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// A way in.
struct MatrixSource {
    std::string_view name;     ///< for machines: "rtmp"
    std::string_view title;    ///< in tables: "RTMP, RTMPS"
    std::string_view address;  ///< what to type
    std::string_view clients;  ///< who is tested with it
    bool (*can_read)(media::Codec codec) noexcept;
    std::string_view (*refusal)(media::Codec codec) noexcept;
};

/// A way out.
struct MatrixForm {
    std::string name;  ///< for machines: "hls"
    std::string title;
    std::string address;
    const format::Carriage* carriage;
    bool has_encoded_sound = false;  ///< in place of what it has no place for
};

[[nodiscard]] std::span<const MatrixSource> matrix_sources() noexcept;
[[nodiscard]] std::span<const MatrixForm> matrix_forms();

/// Why the codec does not come in this way, or go out that way as it is; empty where it does.
[[nodiscard]] std::string_view why_not(const MatrixSource& source, media::Codec codec) noexcept;
[[nodiscard]] std::string_view why_not(const MatrixForm& form, media::Codec codec) noexcept;
/// It does not, but is heard all the same: a worker encodes it as AAC.
[[nodiscard]] bool is_encoded(const MatrixForm& form, media::Codec codec) noexcept;

}  // namespace weir::app
