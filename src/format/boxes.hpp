// Boxes of the ISO base media file format (ISO 14496-12 4.2): writing them into a `ByteWriter` and walking them in a view.
//   box       | size 32 | type 32 | (size 64 where size = 1) | body ...
//   full box  | box header | version 8 | flags 24 | body ...
#pragma once

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace weir::format::boxes {

/// Writes a box around what `body` writes.
template <typename Body>
void write_box(base::ByteWriter& out, std::string_view type, Body&& body) {
    const std::size_t start = out.size();
    out.u32(0);
    out.text(type);
    body();
    out.patch_u32(start, static_cast<std::uint32_t>(out.size() - start));
}

template <typename Body>
void write_full_box(base::ByteWriter& out, std::string_view type, std::uint8_t version, std::uint32_t flags,
                    Body&& body) {
    write_box(out, type, [&] {
        out.u8(version);
        out.u24(flags);
        body();
    });
}

/// One box in a view, which must outlive it.
struct Box {
    std::string_view type;
    base::ByteView body;
};

/// Walks the boxes that a view consists of.
class BoxReader {
  public:
    explicit BoxReader(base::ByteView bytes) noexcept : reader_(bytes) {}
    /// The next box, nothing at the end, `malformed` where a size is too small or passes the end.
    [[nodiscard]] base::Result<std::optional<Box>> next();

  private:
    base::ByteReader reader_;
};

/// A path of boxes, each in the one before: `find(trak, {"mdia", "hdlr"})`. The first of each type counts.
using Path = std::initializer_list<std::string_view>;
/// The body of the last box; nothing where one of them is not there.
[[nodiscard]] base::Result<std::optional<base::ByteView>> find_optional(base::ByteView parent, Path path);
/// The same; `malformed` where one of them is not there.
[[nodiscard]] base::Result<base::ByteView> find(base::ByteView parent, Path path);

struct FullBoxHeader {
    std::uint8_t version = 0;
    std::uint32_t flags = 0;
};
[[nodiscard]] base::Result<FullBoxHeader> read_full_box_header(base::ByteReader& reader);

}  // namespace weir::format::boxes
