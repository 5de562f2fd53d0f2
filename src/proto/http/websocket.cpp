#include "proto/http/websocket.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace weir::proto::http {

namespace {

constexpr std::string_view accept_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view supported_version = "13";

/// Sixteen bytes in base64 (4.1).
bool is_key(std::string_view key) noexcept {
    const auto is_digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), is_digit);
}

std::string base64(base::ByteView bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    std::vector<unsigned char> encoded(text.size());
    const int size = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
    text.assign(encoded.begin(), encoded.begin() + size);
    return text;
}

}  // namespace

bool asks_for_websocket(const Request& request) noexcept {
    return request.method == Method::get && !request.is_http_1_0 &&
           list_has(request.field("upgrade").value_or(""), "websocket") &&
           list_has(request.field("connection").value_or(""), "upgrade");
}

Parsed<std::string> accept_websocket(const Request& request) {
    if (request.field("sec-websocket-version").value_or("") != supported_version)
        return refuse(Status::upgrade_required, "only version 13 of WebSocket is spoken here");
    const std::string_view key = request.field("sec-websocket-key").value_or("");
    if (!is_key(key)) return refuse(Status::bad_request, "the request has no valid Sec-WebSocket-Key");
    std::string text(key);
    text += accept_guid;
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return base64(base::ByteView(digest).first(size));
}

namespace websocket {

namespace {

constexpr std::uint8_t final_frame = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t masked = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t length_of_16 = 126;
constexpr std::uint8_t length_of_64 = 127;
constexpr std::size_t key_size = 4;

bool is_known(Opcode opcode) noexcept {
    return opcode <= Opcode::binary || (opcode >= Opcode::close && opcode <= Opcode::pong);
}

std::size_t length_size(std::uint8_t length) noexcept {
    if (length == length_of_16) return 2;
    return length == length_of_64 ? 8 : 0;
}

}  // namespace

void write_header(Opcode opcode, std::uint64_t size, base::ByteWriter& out) {
    out.u8(final_frame | static_cast<std::uint8_t>(opcode));
    if (size < length_of_16) {
        out.u8(static_cast<std::uint8_t>(size));
    } else if (size <= UINT16_MAX) {
        out.u8(length_of_16);
        out.u16(static_cast<std::uint16_t>(size));
    } else {
        out.u8(length_of_64);
        out.u64(size);
    }
}

void write_close(CloseCode code, base::ByteWriter& out) {
    write_header(Opcode::close, 2, out);
    out.u16(static_cast<std::uint16_t>(code));
}

void ClientReader::receive(base::ByteView bytes) {
    while (!bytes.empty() && state_ != State::over) {
        if (state_ == State::header) {
            const std::uint8_t byte = bytes.front();
            bytes = bytes.subspan(1);
            if (take_header_byte(byte) && begin_frame() && remaining_ == 0) end_frame();
            continue;
        }
        const base::ByteView taken =
            bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size())));
        bytes = bytes.subspan(taken.size());
        take_payload(taken);
        if (remaining_ == 0) end_frame();
    }
}

std::optional<ClientEvent> ClientReader::next_event() {
    if (events_.empty()) return std::nullopt;
    ClientEvent event = events_.front();
    events_.pop_front();
    return event;
}

/// True once the header is whole.
bool ClientReader::take_header_byte(std::uint8_t byte) {
    header_[header_size_++] = byte;
    return header_size_ >= 2 && header_size_ == 2 + length_size(header_[1] & length_bits) + key_size;
}

bool ClientReader::begin_frame() {
    const bool is_last = (header_[0] & final_frame) != 0;
    const std::uint8_t length = header_[1] & length_bits;
    std::uint64_t size = length;
    if (const std::size_t more = length_size(length); more > 0) {
        size = 0;
        for (std::size_t i = 0; i < more; ++i) size = size << 8 | header_[2 + i];
    }
    const bool continues = opcode() == Opcode::continuation;
    const bool is_malformed = (header_[0] & reserved_bits) != 0 || (header_[1] & masked) == 0 || !is_known(opcode()) ||
                              (is_control() && (!is_last || size > longest_control)) ||
                              (!is_control() && continues != is_in_message_);
    if (is_malformed) return fail(CloseCode::protocol_error);
    if (!is_control()) {
        if (size > limits_.messages.bytes() - received_) return fail(CloseCode::policy);
        received_ += size;
        is_in_message_ = !is_last;
    }
    remaining_ = size;
    control_ = {};
    state_ = State::payload;
    return true;
}

void ClientReader::take_payload(base::ByteView bytes) {
    remaining_ -= bytes.size();
    if (!is_control()) return;
    const base::ByteView key = base::ByteView(header_).subspan(header_size_ - key_size, key_size);
    for (const std::uint8_t byte : bytes) {
        control_.payload[control_.size] = byte ^ key[control_.size % key_size];
        ++control_.size;
    }
}

void ClientReader::end_frame() {
    state_ = State::header;
    header_size_ = 0;
    if (opcode() == Opcode::ping) events_.push_back(control_);
    // The status is two bytes, or left out (5.5.1).
    if (opcode() == Opcode::close) (void)fail(control_.size == 1 ? CloseCode::protocol_error : CloseCode::normal);
}

bool ClientReader::fail(CloseCode code) {
    state_ = State::over;
    events_.push_back({.kind = ClientEvent::Kind::closed, .code = code});
    return false;
}

}  // namespace websocket

}  // namespace weir::proto::http
