#include "proto/srt/stream_id.hpp"

#include "base/stream_parameters.hpp"
#include "base/url.hpp"

#include <array>
#include <optional>
#include <ranges>
#include <vector>

namespace weir::proto::srt {

namespace {

constexpr std::string_view keyed_prefix = "#!::";

std::unexpected<Refusal> refuse(std::string_view text, Rejection rejection = Rejection::bad_request) {
    return std::unexpected(Refusal{rejection, text});
}

// Never none: nothing is one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (const auto part : std::views::split(text, separator)) pieces.emplace_back(part.begin(), part.end());
    if (pieces.empty()) pieces.emplace_back();
    return pieces;
}

std::optional<Purpose> purpose_of(std::string_view word) {
    struct Row {
        std::string_view word;
        Purpose purpose;
    };
    static constexpr std::array<Row, 3> words{
        {{"publish", Purpose::publish}, {"read", Purpose::play}, {"request", Purpose::play}}};
    for (const Row& row : words)
        if (row.word == word) return row.purpose;
    return std::nullopt;
}

// APP/NAME, and a rung behind it where it is played. Slashes around it say nothing.
std::expected<void, Refusal> read_resource(std::string_view resource, Request& request) {
    std::vector<std::string_view> parts = split(resource, '/');
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    if (parts.size() < 2) return refuse("the stream id names no stream: that is APP/NAME");
    const std::size_t most = request.purpose == Purpose::play ? 3 : 2;
    if (parts.size() > most) return refuse("the stream id has too many parts: a stream is APP/NAME");
    auto stream = base::parse_stream_id(std::string(parts[0]).append("/").append(parts[1]));
    if (!stream) return refuse(stream.error().text);
    request.stream = *std::move(stream);
    if (parts.size() < 3) return {};
    if (const auto legal = base::check_name(parts[2]); !legal) return refuse(legal.error().text);
    request.rung = parts[2];
    return {};
}

void read_parameters(const base::StreamParameters& parameters, Request& request) {
    request.token = parameters.token();
    request.is_backup = parameters.is_backup();
}

// VERB:APP/NAME?token=KEY, and what is written elsewhere: VERB:APP/NAME:USER:PASSWORD and VERB:APP/NAME:token=KEY.
std::expected<Request, Refusal> parse_verb(std::string_view text) {
    Request request;
    if (const std::size_t colon = text.find(':'); colon < text.find_first_of("/?")) {
        const auto purpose = purpose_of(text.substr(0, colon));
        if (!purpose) return refuse("the stream id begins with publish: or read:", Rejection::bad_mode);
        request.purpose = *purpose;
        text.remove_prefix(colon + 1);
    }
    const std::vector<std::string_view> pieces = split(base::before_query(text), ':');
    if (pieces.size() > 4) return refuse("the stream id has too many parts: it is publish:APP/NAME?token=KEY");
    TRY(read_resource(pieces[0], request));
    base::StreamParameters parameters;
    parameters.take_query(base::query_of(text));
    if (pieces.size() % 2 == 0) parameters.take_query(pieces.back());
    if (pieces.size() > 2) parameters.take("token", pieces[2]);
    read_parameters(parameters, request);
    return request;
}

std::optional<std::string_view> value_of(std::string_view fields, std::string_view key) {
    for (const std::string_view field : split(fields, ','))
        if (field.size() > key.size() && field.starts_with(key) && field[key.size()] == '=')
            return field.substr(key.size() + 1);
    return std::nullopt;
}

// KEY=VALUE,... in any order, the first of a key. What is not known is somebody else's.
std::expected<Request, Refusal> parse_keys(std::string_view fields) {
    Request request;
    const std::string_view mode = value_of(fields, "m").value_or("request");
    const auto purpose = purpose_of(mode);
    if (!purpose) return refuse("the mode (m=) of a stream id is publish or request", Rejection::bad_mode);
    request.purpose = *purpose;
    const std::string_view type = value_of(fields, "t").value_or("stream");
    if (type == "file" || type == "auth")
        return refuse("the type (t=) of a stream id is stream: nothing else is served", Rejection::unsupported_media);
    const auto resource = value_of(fields, "r");
    if (!resource) return refuse("the stream id names no stream: r=APP/NAME is missing");
    TRY(read_resource(base::before_query(*resource), request));
    base::StreamParameters parameters;
    parameters.take_query(base::query_of(*resource));
    parameters.take("token", value_of(fields, "token").value_or(""));
    parameters.take("token", value_of(fields, "s").value_or(""));
    if (type != "stream") parameters.take("token", type);
    parameters.take("backup", value_of(fields, "backup").value_or(""));
    read_parameters(parameters, request);
    return request;
}

}  // namespace

std::expected<Request, Refusal> parse_request(std::string_view stream_id) {
    if (stream_id.empty())
        return refuse("the stream id is missing: it is publish:APP/NAME to publish and read:APP/NAME to play");
    if (stream_id.size() > longest_stream_id) return refuse("the stream id is longer than 512 bytes");
    if (stream_id.starts_with(keyed_prefix)) return parse_keys(stream_id.substr(keyed_prefix.size()));
    if (stream_id.starts_with("#!")) return refuse("of the stream ids that begin with #! those with #!:: are served");
    return parse_verb(stream_id);
}

}  // namespace weir::proto::srt
