// What H.264 and HEVC share: NAL units in an access unit (ISO 14496-15: each behind its length; Annex B: each behind a start
// code), the way from one to the other, and emulation prevention (ITU-T H.264 7.4.1, H.265 7.4.2). Inside the server an
// access unit is always length-prefixed with four bytes; every other form is turned into that at the edge.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <optional>
#include <vector>

namespace weir::media::nal {

/// What the picture of an access unit is to somebody who joins the stream there.
enum class Picture : std::uint8_t {
    none,         ///< the access unit holds no coded picture (parameter sets, SEI)
    ordinary,     ///< needs pictures before it
    idr,          ///< closed random access: all that follow can be decoded
    open_access,  ///< HEVC CRA or BLA: decodable, but its RASL pictures need what came before
    rasl,         ///< HEVC leading picture that cannot be decoded by who joins at its CRA or BLA
    radl,         ///< HEVC leading picture that can
};

/// Walks the NAL units of a length-prefixed access unit; empty ones are passed over. The view must outlive the reader.
class UnitReader {
  public:
    explicit UnitReader(base::ByteView access_unit, unsigned length_size = 4) noexcept
        : rest_(access_unit), length_size_(length_size) {}
    /// The next NAL unit (never empty), nothing at the end, `malformed` where a length passes the end.
    [[nodiscard]] base::Result<std::optional<base::ByteView>> next();
    /// Bytes not read yet: the next unit's length prefix comes first.
    [[nodiscard]] base::ByteView rest() const noexcept { return rest_; }

  private:
    base::ByteView rest_;
    unsigned length_size_;
};

/// Walks the NAL units of an Annex B byte stream; bytes before the first start code are passed over.
class AnnexBReader {
  public:
    explicit AnnexBReader(base::ByteView bytes) noexcept;
    /// The next NAL unit, without start code and trailing zeros (never empty).
    [[nodiscard]] std::optional<base::ByteView> next() noexcept;

  private:
    base::ByteView rest_;  ///< behind a start code
};

/// The access unit with four-byte lengths: the very same bytes where they have them already, else a copy.
/// `malformed` where a length passes the end. `length_size` is 1 to 4.
[[nodiscard]] base::Result<base::Bytes> with_four_byte_lengths(const base::Bytes& access_unit, unsigned length_size);

/// Annex B to four-byte lengths.
[[nodiscard]] base::Bytes from_annex_b(base::ByteView annex_b);
/// Four-byte lengths to Annex B, appended to `out`; four-byte start codes.
[[nodiscard]] base::Result<void> write_annex_b(base::ByteView access_unit, base::ByteWriter& out);

/// The NAL unit without its emulation prevention bytes: what a parser reads.
[[nodiscard]] std::vector<std::uint8_t> unescape(base::ByteView unit);
/// Appends `raw` with emulation prevention bytes put in; it ends in its stop bit (or, 7.4.1, in zero words).
void write_escaped(base::ByteView raw, base::ByteWriter& out);

}  // namespace weir::media::nal
