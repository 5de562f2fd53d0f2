#include "proto/rtmp/data_message.hpp"

#include "base/byte_reader.hpp"
#include "format/amf0.hpp"

#include <string_view>

namespace weir::proto::rtmp {

namespace {

/// Whether `body` begins with this AMF0 string; then it is taken off.
bool take_string(base::Bytes& body, std::string_view wanted) {
    format::amf0::Parser parser(body);
    const auto value = parser.next();
    if (!value || value->string() == nullptr || *value->string() != wanted) {
        return false;
    }
    body = body.slice(body.size() - parser.rest().size());
    return true;
}

}  // namespace

std::optional<base::Bytes> metadata_body(const Message& message) {
    base::Bytes body = message.payload;
    if (message.type == MessageType::amf3_data && !body.empty() && *body.begin() == 0) {
        body = body.slice(1);
    }
    (void)take_string(body, "@setDataFrame");
    base::Bytes value = body;
    if (!take_string(value, "onMetaData")) {
        return std::nullopt;
    }
    return body;
}

// type (8)  size (24)  time (24, then its upper 8)  stream (24)  body  size of all before (32)
base::Result<std::optional<Message>> AggregateReader::next() {
    base::ByteReader tag(whole_.payload.view().subspan(position_));
    if (tag.at_end()) {
        return std::nullopt;
    }
    const auto type = static_cast<MessageType>(TRY(tag.u8()));
    const std::uint32_t size = TRY(tag.u24());
    std::uint32_t time = TRY(tag.u24());
    time |= static_cast<std::uint32_t>(TRY(tag.u8())) << 24;
    TRY(tag.skip(3));
    const std::size_t body = position_ + tag.position();
    TRY(tag.skip(size));
    TRY(tag.skip(4));
    position_ += tag.position();
    if (!first_time_) {
        first_time_ = time;
    }
    return Message{type, whole_.timestamp + (time - *first_time_), whole_.stream_id, whole_.payload.slice(body, size)};
}

}  // namespace weir::proto::rtmp
