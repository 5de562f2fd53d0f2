#include "proto/http/target.hpp"

#include "base/result.hpp"

#include <algorithm>

namespace weir::proto::http {

namespace {

enum class PlusSign : std::uint8_t { is_itself, is_space };

/// Decodes into `storage`, of which it takes the front.
class Decoder {
  public:
    explicit Decoder(std::span<char> storage) noexcept : storage_(storage) {}

    Parsed<std::string_view> decode(std::string_view text, PlusSign plus) noexcept {
        std::size_t size = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            char character = text[i];
            if (character == '%') {
                const int high = i + 2 < text.size() ? hexadecimal_value(text[i + 1]) : -1;
                const int low = i + 2 < text.size() ? hexadecimal_value(text[i + 2]) : -1;
                if (high < 0 || low < 0)
                    return refuse(Status::bad_request,
                                  "a percent sign in the address is not followed by two hexadecimal digits");
                character = static_cast<char>(high * 16 + low);
                i += 2;
            } else if (character == '+' && plus == PlusSign::is_space) {
                character = ' ';
            }
            storage_[size++] = character;
        }
        const std::string_view decoded(storage_.data(), size);
        storage_ = storage_.subspan(size);
        return decoded;
    }

  private:
    std::span<char> storage_;
};

bool is_control(char character) noexcept { return static_cast<unsigned char>(character) < 0x20 || character == 0x7f; }

Parsed<std::string_view> parse_segment(std::string_view text, Decoder& decoder) {
    const std::string_view segment = TRY(decoder.decode(text, PlusSign::is_itself));
    if (segment.empty()) return refuse(Status::bad_request, "the address has an empty path segment");
    if (segment == "." || segment == "..") return refuse(Status::bad_request, "the address climbs with '.' or '..'");
    if (std::ranges::any_of(segment, [](char c) { return is_control(c) || c == '/' || c == '\\'; }))
        return refuse(Status::bad_request, "the address has an encoded slash, backslash or control character");
    return segment;
}

Parsed<void> parse_path(std::string_view path, Decoder& decoder, Target& target) {
    if (!is_path_text(path))
        return refuse(Status::bad_request, "the address has a character that must be percent-encoded");
    path.remove_prefix(1);
    target.segments.reserve(6);
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (target.segments.size() == maximum_segments)
            return refuse(Status::bad_request, "the address has too many path segments");
        target.segments.push_back(TRY(parse_segment(path.substr(0, end), decoder)));
        target.trailing_slash = end + 1 == path.size();
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return {};
}

Parsed<void> parse_query(std::string_view query, Decoder& decoder, Target& target) {
    target.query = query;
    target.parameters.reserve(4);
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty()) continue;
        if (target.parameters.size() == maximum_parameters)
            return refuse(Status::bad_request, "the address has too many query parameters");
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view name = TRY(decoder.decode(pair.substr(0, equals), PlusSign::is_space));
        const std::string_view value =
            TRY(decoder.decode(pair.substr(std::min(equals + 1, pair.size())), PlusSign::is_space));
        if (std::ranges::any_of(name, is_control) || std::ranges::any_of(value, is_control))
            return refuse(Status::bad_request, "a query parameter has an encoded control character");
        target.parameters.push_back({name, value});
    }
    return {};
}

/// Takes "http://authority" off an absolute form; what is left starts with '/', or with '?', or is empty.
Parsed<std::string_view> take_authority(std::string_view& text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos)
        return refuse(Status::bad_request, "the request target is neither a path nor an address");
    if (!equals_ignoring_case(text.substr(0, scheme), "http") && !equals_ignoring_case(text.substr(0, scheme), "https"))
        return refuse(Status::bad_request, "the request target is of another scheme than http and https");
    text.remove_prefix(scheme + 3);
    const std::string_view authority = text.substr(0, text.find_first_of("/?"));
    if (authority.empty() || !is_authority(authority))
        return refuse(Status::bad_request, "the request target names no valid host");
    text.remove_prefix(authority.size());
    return authority;
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const noexcept {
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    if (found == parameters.end()) return std::nullopt;
    return found->value;
}

Parsed<Target> parse_target(std::string_view text, std::span<char> storage) {
    Target target;
    target.text = text;
    if (text == "*") {
        target.is_asterisk = true;
        return target;
    }
    if (std::ranges::any_of(text,
                            [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#'; }))
        return refuse(Status::bad_request, "the request target has a space, a control character or a fragment");
    if (!text.starts_with('/')) target.authority = TRY(take_authority(text));
    Decoder decoder(storage);
    const std::string_view path = text.substr(0, text.find('?'));
    if (!path.empty()) TRY(parse_path(path, decoder, target));
    if (path.size() < text.size()) TRY(parse_query(text.substr(path.size() + 1), decoder, target));
    return target;
}

}  // namespace weir::proto::http
