// `weir ctl`: the API of a running server from a shell. Each verb is one request; the answer is printed for people, or as it came.
#pragma once

#include "proto/http/status.hpp"

#include <string>

namespace weir::app {

struct CtlServer {
    std::string url = "http://127.0.0.1:8080";
    std::string token{};  ///< one of auth.keys, where publishing needs one
    bool json = false;    ///< the answer as it came
};

struct CtlRequest {
    proto::http::Method method = proto::http::Method::get;
    std::string path;    ///< below /api/v1, as in "/streams"
    std::string body{};  ///< JSON; may be empty
};

/// What a stream's address in the API is: "/streams/live/demo/stats" for "live/demo" and "/stats"; empty where that is no stream.
[[nodiscard]] std::string ctl_stream_path(const std::string& stream, const std::string& behind);

/// Returns the exit status: 0, 1 where the server refused or could not be reached, 2 where the address makes no sense.
int ctl(const CtlServer& server, const CtlRequest& request);

/// What people are shown of an answer: a line per item of a list, else one per value, by its path.
[[nodiscard]] std::string ctl_text(const std::string& text);

}  // namespace weir::app
