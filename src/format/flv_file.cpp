#include "format/flv_file.hpp"

#include <algorithm>
#include <cstring>

#include "base/byte_reader.hpp"

namespace weir::format::flv {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t file_header_size = 9;
constexpr std::string_view signature = "FLV";
constexpr std::uint8_t version = 1;
constexpr std::uint8_t audio_flag = 0x04;
constexpr std::uint8_t video_flag = 0x01;
constexpr std::uint8_t filter_flag = 0x20;
constexpr std::uint8_t type_mask = 0x1f;

bool is_known(TagType type) { return type == TagType::audio || type == TagType::video || type == TagType::script; }

}  // namespace

void write_file_header(bool audio, bool video, base::ByteWriter& out) {
    out.text(signature);
    out.u8(version);
    out.u8(static_cast<std::uint8_t>((audio ? audio_flag : 0) | (video ? video_flag : 0)));
    out.u32(file_header_size);
    out.u32(0);  // the size of the tag before the first
}

void write_tag_header(TagType type, std::uint32_t timestamp, std::size_t body_size, base::ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(type));
    out.u24(static_cast<std::uint32_t>(body_size));
    out.u24(timestamp & 0xffffff);
    out.u8(static_cast<std::uint8_t>(timestamp >> 24));
    out.u24(0);  // stream id
}

void write_tag_trailer(std::size_t body_size, base::ByteWriter& out) {
    out.u32(static_cast<std::uint32_t>(tag_header_size + body_size));
}

void FileReader::receive(ByteView bytes) {
    while (!bytes.empty() && !error_)
        if (const auto advanced = advance(bytes); !advanced) error_ = advanced.error();
}

Result<std::optional<Tag>> FileReader::next() {
    if (tags_.empty()) {
        if (error_) return std::unexpected(*error_);
        return std::nullopt;
    }
    Tag tag = std::move(tags_.front());
    tags_.pop_front();
    return tag;
}

Result<void> FileReader::advance(ByteView& bytes) {
    if (to_skip_ > 0) {
        const std::size_t count = std::min(to_skip_, bytes.size());
        to_skip_ -= count;
        bytes = bytes.subspan(count);
        return {};
    }
    if (state_ == State::body) {
        const std::size_t count = std::min(body_.size() - filled_, bytes.size());
        std::memcpy(body_.span().data() + filled_, bytes.data(), count);
        filled_ += count;
        bytes = bytes.subspan(count);
        if (filled_ == body_.size()) finish_tag();
        return {};
    }
    const std::size_t size = state_ == State::file_header ? file_header_size : tag_header_size;
    const std::size_t count = std::min(size - header_.size(), bytes.size());
    header_.bytes(bytes.first(count));
    bytes = bytes.subspan(count);
    if (header_.size() < size) return {};
    const auto read = state_ == State::file_header ? read_file_header() : read_tag_header();
    header_.clear();
    return read;
}

Result<void> FileReader::read_file_header() {
    ByteReader reader(header_.view());
    if (TRY(reader.text(signature.size())) != signature) return fail(ErrorKind::malformed, "this is not an FLV file");
    TRY(reader.skip(2));  // version and flags: files claim what they like
    const std::size_t size = TRY(reader.u32());
    if (size < file_header_size) return fail(ErrorKind::malformed, "the FLV header is too short");
    if (size > limits_.header_size) return fail(ErrorKind::too_large, "the FLV header is too large");
    to_skip_ = size - file_header_size + tag_trailer_size;
    state_ = State::tag_header;
    return {};
}

Result<void> FileReader::read_tag_header() {
    ByteReader reader(header_.view());
    const std::uint8_t first = TRY(reader.u8());
    const std::size_t size = TRY(reader.u24());
    const std::uint32_t low = TRY(reader.u24());
    const std::uint32_t high = TRY(reader.u8());
    if (size > limits_.tag_size) return fail(ErrorKind::too_large, "an FLV tag is too large");
    if ((first & filter_flag) != 0) return fail(ErrorKind::unsupported, "encrypted FLV is not served");
    tag_.type = TagType(first & type_mask);
    tag_.timestamp = high << 24 | low;
    if (!is_known(tag_.type)) {
        to_skip_ = size + tag_trailer_size;
        return {};
    }
    body_ = base::Buffer(size);
    filled_ = 0;
    state_ = State::body;
    if (size == 0) finish_tag();
    return {};
}

void FileReader::finish_tag() {
    tag_.body = std::move(body_).freeze();
    tags_.push_back(std::move(tag_));
    tag_ = {};
    to_skip_ = tag_trailer_size;
    state_ = State::tag_header;
}

}  // namespace weir::format::flv
