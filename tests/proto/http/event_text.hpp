// What a parser said, as one line of text per message, so that a table can say what it expects.
#pragma once

#include "proto/http/request_parser.hpp"
#include "proto/http/response_parser.hpp"

#include <string>

namespace weir::proto::http {

inline std::string text_of(const Target& target) {
    if (target.is_asterisk) return "*";
    std::string text;
    for (const std::string_view segment : target.segments) text.append("/").append(segment);
    if (target.segments.empty() || target.trailing_slash) text += "/";
    for (const Parameter& parameter : target.parameters)
        text.append(" ?").append(parameter.name).append("=").append(parameter.value);
    return text;
}

/// Turns events into text; pieces of a body are joined, since where they divide is nobody's business.
struct EventText {
    std::string text;

    void operator()(const Request& request) {
        text.append(name(request.method)).append(" ").append(text_of(request.target));
        text.append(request.keep_alive ? " keep" : " close")
            .append(request.expects_continue ? " expect" : "")
            .append(" [");
    }
    void operator()(const Response& response) {
        text.append(std::to_string(code(response.status)))
            .append(response.keep_alive ? " keep" : " close")
            .append(" [");
    }
    void operator()(const BodyData& body) { text.append(base::as_text(body.bytes)); }
    void operator()(const MessageEnd&) { text.append("]\n"); }
    void operator()(const Refusal& refusal) {
        text.append("refused ")
            .append(std::to_string(code(refusal.status)))
            .append(": ")
            .append(refusal.text)
            .append("\n");
    }
};

/// Feeds `bytes` in pieces of `step` and collects what comes out.
template <typename Parser>
void feed(Parser& parser, std::string_view bytes, std::size_t step, EventText& out) {
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        parser.receive(base::as_bytes(bytes.substr(at, step)));
        while (const auto event = parser.next_event()) std::visit(out, *event);
    }
}

}  // namespace weir::proto::http
