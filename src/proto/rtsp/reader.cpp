#include "proto/rtsp/reader.hpp"

#include <algorithm>
#include <utility>

namespace weir::proto::rtsp {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr char frame_mark = '$';

bool ends_in_empty_line(std::string_view head) noexcept { return head.ends_with("\n\n") || head.ends_with("\n\r\n"); }

base::ByteView take_front(base::ByteView& bytes, std::size_t count) noexcept {
    const base::ByteView front = bytes.first(std::min(count, bytes.size()));
    bytes = bytes.subspan(front.size());
    return front;
}

Item item_of(Message message) {
    return std::visit([](auto& either) { return Item(std::move(either)); }, message);
}

}  // namespace

Result<std::optional<Item>> Reader::next(base::ByteView& bytes) {
    if (message_) return take_body(bytes);
    if (packet_) return take_packet(bytes);
    if (!TRY(take_head(bytes))) return std::nullopt;
    if (head_.front() == frame_mark) {
        const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(head_[at]); };
        packet_ = packets_.cut(static_cast<std::size_t>(byte(2)) << 8U | byte(3));
        filled_ = 0;
        return take_packet(bytes);
    }
    message_ = TRY(parse_message(head_));
    body_left_ = TRY(content_length(*message_));
    head_.clear();
    if (body_left_ > limits_.body.bytes()) return fail(ErrorKind::too_large, "the body of the message is too large");
    return take_body(bytes);
}

/// The head of a packet, or of a message to its empty line. What a peer puts between messages to keep a router awake is passed over.
Result<bool> Reader::take_head(base::ByteView& bytes) {
    while (head_.empty() && !bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n'))
        bytes = bytes.subspan(1);
    while (!bytes.empty()) {
        if (head_.empty()) head_ += static_cast<char>(take_front(bytes, 1).front());
        if (head_.front() == frame_mark) {
            head_ += base::as_text(take_front(bytes, frame_head - head_.size()));
            return head_.size() == frame_head;
        }
        const auto end = std::ranges::find(bytes, std::uint8_t{'\n'});
        const bool has_end = end != bytes.end();
        head_ += base::as_text(take_front(bytes, static_cast<std::size_t>(end - bytes.begin()) + (has_end ? 1 : 0)));
        if (head_.size() > limits_.head.bytes())
            return fail(ErrorKind::too_large, "the head of the message is too large");
        if (has_end && ends_in_empty_line(head_)) return true;
    }
    return false;
}

std::optional<Item> Reader::take_packet(base::ByteView& bytes) {
    const base::ByteView piece = take_front(bytes, packet_->size() - filled_);
    std::ranges::copy(piece, packet_->span().begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += piece.size();
    if (filled_ < packet_->size()) return std::nullopt;
    Frame frame{static_cast<std::uint8_t>(head_[1]), std::move(*packet_).freeze()};
    packet_.reset();
    head_.clear();
    return frame;
}

std::optional<Item> Reader::take_body(base::ByteView& bytes) {
    std::string& body = std::visit([](auto& either) -> std::string& { return either.body; }, *message_);
    const base::ByteView piece = take_front(bytes, body_left_);
    body += base::as_text(piece);
    body_left_ -= piece.size();
    if (body_left_ > 0) return std::nullopt;
    return item_of(*std::exchange(message_, std::nullopt));
}

void Reader::write_frame_head(std::uint8_t channel, std::uint16_t size, std::string& out) {
    out += frame_mark;
    out += static_cast<char>(channel);
    out += static_cast<char>(size >> 8U);
    out += static_cast<char>(size & 0xffU);
}

}  // namespace weir::proto::rtsp
