#include "proto/rtmp/command.hpp"

#include <iterator>

namespace weir::proto::rtmp {

const amf0::Value& Command::argument(std::size_t index) const noexcept {
    static const amf0::Value undefined;
    return index < arguments.size() ? arguments[index] : undefined;
}

base::Result<Command> parse_command(const Message& message) {
    base::ByteView body = message.payload;
    if (message.type == MessageType::amf3_command && !body.empty() && body.front() == 0) {
        body = body.subspan(1);
    }
    std::vector<amf0::Value> values = TRY(amf0::parse(body));
    if (values.empty() || values[0].string() == nullptr) {
        return base::fail(base::ErrorKind::malformed, "an RTMP command has no name");
    }
    Command command{.name = *values[0].string(), .transaction = 0, .arguments = {}};
    if (values.size() > 1 && values[1].number() != nullptr) {
        command.transaction = *values[1].number();
        command.arguments.assign(std::make_move_iterator(values.begin() + 2), std::make_move_iterator(values.end()));
    }
    return command;
}

void write(const Command& command, base::ByteWriter& out) {
    amf0::write(command.name, out);
    amf0::write(command.transaction, out);
    for (const amf0::Value& argument : command.arguments) {
        amf0::write(argument, out);
    }
}

std::string_view text_of(const amf0::Object& object, std::string_view name) noexcept {
    const amf0::Value* value = object.find(name);
    return value != nullptr && value->string() != nullptr ? std::string_view(*value->string()) : std::string_view();
}

amf0::Object information(Level level, std::string_view code, std::string_view description) {
    amf0::Object object;
    object.set("level", level == Level::error ? "error" : "status").set("code", code).set("description", description);
    return object;
}

}  // namespace weir::proto::rtmp
