#include "format/sdp.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace weir::format::sdp {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Takes the next word off the front; empty at the end.
std::string_view take_word(std::string_view& text) noexcept {
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

/// Takes the next line that is not empty off the front, whatever ends it; empty at the end.
std::string_view take_line(std::string_view& text) noexcept {
    const std::size_t begin = std::min(text.find_first_not_of(std::string_view("\r\n\0", 3)), text.size());
    text.remove_prefix(begin);
    const std::string_view line = text.substr(0, text.find_first_of(std::string_view("\r\n\0", 3)));
    text.remove_prefix(line.size());
    return line;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// Reading

void parse_origin(std::string_view value, Session& session) {
    session.user = take_word(value);
    session.id = take_word(value);
    session.version = take_word(value);
    (void)take_word(value);  // IN
    (void)take_word(value);  // IP4 or IP6
    session.address = take_word(value);
}

/// `IN IP4 224.2.1.1/127/3`: the address alone.
std::string parse_connection(std::string_view value) {
    (void)take_word(value);
    (void)take_word(value);
    const std::string_view address = take_word(value);
    return std::string(address.substr(0, address.find('/')));
}

std::uint64_t parse_bandwidth(std::string_view value) noexcept {
    constexpr std::uint64_t most = 1'000'000'000'000;
    const std::size_t colon = value.find(':');
    if (colon == std::string_view::npos) return 0;
    const std::string_view kind = trimmed(value.substr(0, colon));
    std::uint64_t number = 0;
    if (!parse_number(trimmed(value.substr(colon + 1)), number) || number > most) return 0;
    if (kind == "AS") return number * 1000;
    return kind == "TIAS" ? number : 0;
}

Attribute parse_attribute(std::string_view value) {
    const std::size_t colon = value.find(':');
    if (colon == std::string_view::npos) return {std::string(trimmed(value)), {}};
    return {std::string(trimmed(value.substr(0, colon))), std::string(trimmed(value.substr(colon + 1)))};
}

Result<Media> parse_media(std::string_view value) {
    Media media;
    media.kind = take_word(value);
    std::string_view port = take_word(value);
    port = port.substr(0, port.find('/'));  // `/count` of ports
    if (media.kind.empty() || !parse_number(port, media.port))
        return fail(ErrorKind::malformed, "a media line of the session description has no port");
    media.protocol = take_word(value);
    for (std::string_view format = take_word(value); !format.empty(); format = take_word(value))
        media.formats.emplace_back(format);
    return media;
}

/// A line of the session, before its first media.
void parse_session_line(char type, std::string_view value, Session& session) {
    switch (type) {
        case 'o': return parse_origin(value, session);
        case 's': session.name = value; return;
        case 'i': session.information = value; return;
        case 'c': session.connection = parse_connection(value); return;
        case 'a': session.attributes.push_back(parse_attribute(value)); return;
        default: return;
    }
}

void parse_media_line(char type, std::string_view value, Media& media) {
    switch (type) {
        case 'c': media.connection = parse_connection(value); return;
        case 'b': media.bandwidth = std::max(media.bandwidth, parse_bandwidth(value)); return;
        case 'a': media.attributes.push_back(parse_attribute(value)); return;
        default: return;
    }
}

// Writing

/// What may stand in a line: other people's text has no line ends here.
std::string one_line(std::string_view text) {
    std::string line(text);
    std::erase_if(line, [](char letter) { return letter == '\r' || letter == '\n' || letter == '\0'; });
    return line;
}

std::string address_of(std::string_view address) {
    if (address.empty()) return "IN IP4 0.0.0.0";
    return fmt::format("IN {} {}", address.find(':') == std::string_view::npos ? "IP4" : "IP6", one_line(address));
}

void write_attributes(const std::vector<Attribute>& attributes, std::string& out) {
    for (const Attribute& attribute : attributes) {
        out += fmt::format("a={}", one_line(attribute.name));
        if (!attribute.value.empty()) out += fmt::format(":{}", one_line(attribute.value));
        out += "\r\n";
    }
}

void write_media(const Media& media, std::string& out) {
    out += fmt::format("m={} {} {}", one_line(media.kind), media.port, one_line(media.protocol));
    for (const std::string& format : media.formats) out += fmt::format(" {}", one_line(format));
    out += "\r\n";
    if (!media.connection.empty()) out += fmt::format("c={}\r\n", address_of(media.connection));
    if (media.bandwidth != 0) out += fmt::format("b=TIAS:{}\r\n", media.bandwidth);
    write_attributes(media.attributes, out);
}

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) noexcept {
    const auto small = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    };
    return std::ranges::equal(a, b, {}, small, small);
}

const std::string* find(const std::vector<Attribute>& attributes, std::string_view name) noexcept {
    const auto found = std::ranges::find(attributes, name, &Attribute::name);
    return found == attributes.end() ? nullptr : &found->value;
}

Result<Session> parse(std::string_view text, const Limits& limits) {
    if (text.size() > limits.text.bytes()) return fail(ErrorKind::too_large, "the session description is too large");
    Session session;
    std::size_t lines = 0;
    for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
        if (++lines > limits.lines) return fail(ErrorKind::too_large, "the session description has too many lines");
        line = trimmed(line);
        if (line.size() < 2 || line[1] != '=') continue;
        const std::string_view value = trimmed(line.substr(2));
        if (line[0] == 'm') {
            if (session.media.size() == limits.media)
                return fail(ErrorKind::too_large, "the session description has too many media");
            session.media.push_back(TRY(parse_media(value)));
        } else if (session.media.empty()) {
            parse_session_line(line[0], value, session);
        } else {
            parse_media_line(line[0], value, session.media.back());
        }
    }
    if (lines == 0) return fail(ErrorKind::malformed, "the session description is empty");
    return session;
}

std::string write(const Session& session) {
    const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : one_line(text); };
    std::string out = "v=0\r\n";
    out += fmt::format("o={} {} {} {}\r\n", or_dash(session.user), or_dash(session.id), or_dash(session.version),
                       address_of(session.address));
    out += fmt::format("s={}\r\n", or_dash(session.name));
    if (!session.information.empty()) out += fmt::format("i={}\r\n", one_line(session.information));
    if (!session.connection.empty()) out += fmt::format("c={}\r\n", address_of(session.connection));
    out += "t=0 0\r\n";
    write_attributes(session.attributes, out);
    for (const Media& media : session.media) write_media(media, out);
    return out;
}

}  // namespace weir::format::sdp
