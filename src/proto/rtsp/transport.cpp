#include "proto/rtsp/transport.hpp"

#include "proto/rtsp/syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::proto::rtsp {

namespace {

constexpr std::size_t most_offers = 16;

struct Profile {
    std::string_view name;
    Transport::Lower lower;
    bool is_secure;
};
constexpr std::array<Profile, 6> profiles{{{"RTP/AVP", Transport::Lower::udp, false},
                                           {"RTP/AVP/UDP", Transport::Lower::udp, false},
                                           {"RTP/AVP/TCP", Transport::Lower::tcp, false},
                                           {"RTP/SAVP", Transport::Lower::udp, true},
                                           {"RTP/SAVP/UDP", Transport::Lower::udp, true},
                                           {"RTP/SAVP/TCP", Transport::Lower::tcp, true}}};

std::optional<Pair> parse_pair(std::string_view text, std::uint16_t most) {
    const std::size_t dash = text.find('-');
    const auto first = parse_decimal(text.substr(0, dash), most);
    if (!first) return std::nullopt;
    const auto second = dash == std::string_view::npos ? *first + 1 : parse_decimal(text.substr(dash + 1), most);
    if (!second || *second > most) return std::nullopt;
    return Pair{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*second)};
}

std::optional<std::uint32_t> parse_hexadecimal(std::string_view text) {
    std::uint32_t value = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [stop, error] = std::from_chars(begin, end, value, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

/// What may stand in a list without quotes.
bool is_plain(std::string_view text) noexcept {
    return is_address_text(text) && text.find_first_of(",;=\"") == std::string_view::npos;
}

std::string lowered(std::string_view text) {
    std::string low(text);
    std::ranges::transform(low, low.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return low;
}

struct Row {
    std::string_view name;
    void (*read)(std::string_view value, Transport& transport);
};
constexpr std::array<Row, 7> parameters{{
    {"multicast", [](std::string_view, Transport& t) { t.is_multicast = true; }},
    {"interleaved", [](std::string_view value, Transport& t) { t.channels = parse_pair(value, 255); }},
    {"client_port", [](std::string_view value, Transport& t) { t.client_ports = parse_pair(value, 65535); }},
    {"server_port", [](std::string_view value, Transport& t) { t.server_ports = parse_pair(value, 65535); }},
    {"ssrc", [](std::string_view value, Transport& t) { t.ssrc = parse_hexadecimal(value); }},
    {"mode",
     [](std::string_view value, Transport& t) {
         if (is_plain(value)) t.mode = lowered(value);
     }},
    {"source",
     [](std::string_view value, Transport& t) {
         if (is_plain(value)) t.source = value;
     }},
}};

std::optional<Transport> parse_transport(std::string_view text) {
    const std::string_view name = take_element(text, ';');
    const auto profile =
        std::ranges::find_if(profiles, [name](const Profile& row) { return equals_ignoring_case(row.name, name); });
    if (profile == profiles.end()) return std::nullopt;
    Transport transport{.lower = profile->lower, .is_secure = profile->is_secure};
    while (!text.empty()) {
        const Parameter parameter = parse_parameter(take_element(text, ';'));
        for (const Row& row : parameters)
            if (equals_ignoring_case(row.name, parameter.name)) row.read(parameter.value, transport);
    }
    return transport;
}

void append_pair(std::string& out, std::string_view name, const std::optional<Pair>& pair) {
    if (!pair) return;
    out.append(name).append(std::to_string(pair->rtp)).append("-").append(std::to_string(pair->rtcp));
}

}  // namespace

std::vector<Transport> parse_transports(std::string_view field) {
    std::vector<Transport> transports;
    for (std::size_t i = 0; i < most_offers && !field.empty(); ++i)
        if (auto transport = parse_transport(take_element(field, ','))) transports.push_back(*std::move(transport));
    return transports;
}

std::string print(const Transport& transport) {
    std::string out = transport.is_secure ? "RTP/SAVP" : "RTP/AVP";
    if (transport.lower == Transport::Lower::tcp) out += "/TCP";
    out += transport.is_multicast ? ";multicast" : ";unicast";
    if (!transport.source.empty()) out.append(";source=").append(transport.source);
    append_pair(out, ";interleaved=", transport.channels);
    append_pair(out, ";client_port=", transport.client_ports);
    append_pair(out, ";server_port=", transport.server_ports);
    if (transport.ssrc) {
        std::array<char, 8> digits{};
        const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), *transport.ssrc, 16);
        out.append(";ssrc=").append(digits.data(), end);
    }
    if (!transport.mode.empty()) out.append(";mode=").append(transport.mode);
    return out;
}

}  // namespace weir::proto::rtsp
