// The heads of HTTP/2 messages (RFC 9113 8.3) as those of HTTP/1.1, and back: so that there is one parser of requests, with one set of
// limits and refusals, and one writer of responses.
#pragma once

#include "proto/http/request_parser.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::http {

/// The head of a request that is coming, field by field.
class H2RequestHead {
  public:
    explicit H2RequestHead(const RequestLimits& limits) noexcept : limits_(limits) {}

    /// Beyond a limit nothing more is kept.
    void add(std::string_view name, std::string_view value);
    /// Once all of it has come. `is_whole`: no body follows.
    [[nodiscard]] Parsed<Request> parse(bool is_whole) const;

  private:
    void add_pseudo(std::string_view name, std::string_view value);
    void refuse(Status status, std::string_view text);

    RequestLimits limits_;
    std::string method_;
    std::string path_;
    std::string authority_;
    std::string fields_;  ///< as lines
    std::size_t count_ = 0;
    std::optional<Refusal> refusal_;
};

/// The head of a response that HTTP/1.1 would send: its status, and its fields with their names in lower case; without those that are about
/// the connection. The views are of `head` and of `names`.
[[nodiscard]] std::vector<Field> h2_response_fields(std::string_view head, std::string& names);

}  // namespace weir::proto::http
