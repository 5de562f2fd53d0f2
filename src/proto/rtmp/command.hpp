// A command message (Adobe RTMP 1.0, 7): a name, a transaction id, and arguments, of which the first is the command object
// (mostly null). Transaction 0 wants no answer.
#pragma once

#include "base/result.hpp"
#include "format/amf0.hpp"
#include "proto/rtmp/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::rtmp {

namespace amf0 = format::amf0;

struct Command {
    std::string name;
    double transaction = 0;
    std::vector<amf0::Value> arguments;  ///< the command object first

    /// Undefined when there are not so many.
    [[nodiscard]] const amf0::Value& argument(std::size_t index) const noexcept;
};

/// `message` is an AMF0 command, or an AMF3 one: a zero byte, then AMF0 in which values may be of AMF3.
[[nodiscard]] base::Result<Command> parse_command(const Message& message);
void write(const Command& command, base::ByteWriter& out);

/// The text of `name` in an object; empty where there is none.
[[nodiscard]] std::string_view text_of(const amf0::Object& object, std::string_view name) noexcept;

/// The information object of onStatus and of answers to connect.
enum class Level : std::uint8_t { status, error };
[[nodiscard]] amf0::Object information(Level level, std::string_view code, std::string_view description);

}  // namespace weir::proto::rtmp
