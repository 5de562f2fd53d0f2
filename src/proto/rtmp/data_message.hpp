// Messages that carry more than they seem to: metadata inside data messages (@setDataFrame), and several tags inside an
// aggregate (Adobe RTMP 1.0, 7.1.6). Their parts share the message's payload.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "proto/rtmp/message.hpp"

#include <cstdint>
#include <optional>

namespace weir::proto::rtmp {

/// The part of a data message that begins with the AMF0 string "onMetaData"; nullopt: it is about something else.
[[nodiscard]] std::optional<base::Bytes> metadata_body(const Message& message);

/// Takes an aggregate apart. Times are moved so that the first part has the time of the whole.
class AggregateReader {
  public:
    explicit AggregateReader(const Message& message) : whole_(message) {}
    /// nullopt: that was all.
    [[nodiscard]] base::Result<std::optional<Message>> next();

  private:
    const Message& whole_;
    std::size_t position_ = 0;
    std::optional<std::uint32_t> first_time_;
};

}  // namespace weir::proto::rtmp
