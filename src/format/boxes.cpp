#include "format/boxes.hpp"

namespace weir::format::boxes {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<std::optional<Box>> BoxReader::next() {
    if (reader_.at_end()) return std::nullopt;
    std::uint64_t size = TRY(reader_.u32());
    const std::string_view type = TRY(reader_.text(4));
    std::uint64_t header = 8;
    if (size == 1) {
        size = TRY(reader_.u64());
        header = 16;
    }
    if (size == 0) size = header + reader_.remaining();
    if (size < header) return fail(ErrorKind::malformed, "an MP4 box is smaller than its header");
    if (size - header > reader_.remaining())
        return fail(ErrorKind::malformed, "an MP4 box passes the end of what holds it");
    return Box{type, TRY(reader_.take(static_cast<std::size_t>(size - header)))};
}

namespace {

Result<std::optional<base::ByteView>> find_child(base::ByteView parent, std::string_view type) {
    BoxReader reader(parent);
    while (const auto box = TRY(reader.next()))
        if (box->type == type) return box->body;
    return std::nullopt;
}

}  // namespace

Result<std::optional<base::ByteView>> find_optional(base::ByteView parent, Path path) {
    std::optional<base::ByteView> body = parent;
    for (const std::string_view type : path) {
        body = TRY(find_child(*body, type));
        if (!body) break;
    }
    return body;
}

Result<base::ByteView> find(base::ByteView parent, Path path) {
    const auto body = TRY(find_optional(parent, path));
    if (!body) return fail(ErrorKind::malformed, "an MP4 box that must be there is missing");
    return *body;
}

Result<FullBoxHeader> read_full_box_header(base::ByteReader& reader) {
    const std::uint8_t version = TRY(reader.u8());
    return FullBoxHeader{version, TRY(reader.u24())};
}

}  // namespace weir::format::boxes
