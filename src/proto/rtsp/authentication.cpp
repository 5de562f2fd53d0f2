#include "proto/rtsp/authentication.hpp"

#include "base/bytes.hpp"
#include "proto/rtsp/syntax.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace weir::proto::rtsp {

using Scheme = Challenge::Scheme;

namespace {

constexpr std::size_t longest_base64 = 1024;

struct Algorithm {
    Hash hash;
    std::string_view name;
    const EVP_MD* (*function)();
};
constexpr std::array<Algorithm, 2> algorithms{{{Hash::md5, "MD5", EVP_md5}, {Hash::sha256, "SHA-256", EVP_sha256}}};

const Algorithm& algorithm(Hash hash) noexcept { return algorithms[static_cast<std::size_t>(hash)]; }

/// No name is MD5. Nothing for what is not known, sessions of an algorithm included.
std::optional<Hash> hash_of(std::string_view name) noexcept {
    if (name.empty()) return Hash::md5;
    for (const Algorithm& row : algorithms)
        if (equals_ignoring_case(row.name, name)) return row.hash;
    return std::nullopt;
}

std::string hashed(Hash hash, std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text.append(part).append(":");
    text.pop_back();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm(hash).function(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hexadecimal;
    for (unsigned i = 0; i < size; ++i) {
        hexadecimal += digits[digest.at(i) >> 4U];
        hexadecimal += digits[digest.at(i) & 0x0fU];
    }
    return hexadecimal;
}

std::string digest_response(const Credentials& said, std::string_view password) {
    const std::string who = hashed(said.hash, {said.user, said.realm, password});
    const std::string what = hashed(said.hash, {said.method, said.address});
    if (said.quality.empty()) return hashed(said.hash, {who, said.nonce, what});
    return hashed(said.hash, {who, said.nonce, said.count, said.filler, said.quality, what});
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_base64(std::string_view text) {
    std::vector<unsigned char> out(text.size() / 3 * 4 + 5);
    const base::ByteView bytes = base::as_bytes(text);
    const int size = EVP_EncodeBlock(out.data(), bytes.data(), static_cast<int>(bytes.size()));
    return {out.begin(), out.begin() + size};
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > longest_base64) return std::nullopt;
    std::vector<unsigned char> out(text.size() / 4 * 3 + 1);
    const base::ByteView bytes = base::as_bytes(text);
    const int size = EVP_DecodeBlock(out.data(), bytes.data(), static_cast<int>(bytes.size()));
    if (size < 0) return std::nullopt;
    const auto padding = std::ranges::count(text, '=');
    return std::string(out.begin(), out.begin() + std::max<std::ptrdiff_t>(0, size - padding));
}

std::optional<Scheme> scheme_of(std::string_view name) noexcept {
    if (equals_ignoring_case(name, "Basic")) return Scheme::basic;
    if (equals_ignoring_case(name, "Digest")) return Scheme::digest;
    return std::nullopt;
}

/// Takes the scheme off the front.
std::optional<Scheme> take_scheme(std::string_view& field) noexcept {
    field = trimmed(field);
    const std::size_t end = std::min(field.find(' '), field.size());
    const auto scheme = scheme_of(field.substr(0, end));
    field = trimmed(field.substr(end));
    return scheme;
}

std::string text_of(std::string_view value) {
    return is_text(value) && !value.contains('"') ? std::string(value) : std::string();
}

std::optional<Credentials> parse_basic(std::string_view encoded) {
    const auto decoded = from_base64(encoded);
    if (!decoded) return std::nullopt;
    const std::size_t colon = decoded->find(':');
    if (colon == std::string::npos) return std::nullopt;
    Credentials said;
    said.user = decoded->substr(0, colon);
    said.password = decoded->substr(colon + 1);
    return said;
}

std::optional<Credentials> parse_digest(std::string_view list) {
    Credentials said{.scheme = Scheme::digest};
    const std::array<std::pair<std::string_view, std::string*>, 9> known{{{"username", &said.user},
                                                                          {"realm", &said.realm},
                                                                          {"nonce", &said.nonce},
                                                                          {"uri", &said.address},
                                                                          {"response", &said.response},
                                                                          {"qop", &said.quality},
                                                                          {"nc", &said.count},
                                                                          {"cnonce", &said.filler},
                                                                          {"opaque", &said.opaque}}};
    while (!list.empty()) {
        const Parameter parameter = parse_parameter(take_element(list, ','));
        for (const auto& [name, value] : known)
            if (equals_ignoring_case(name, parameter.name)) *value = text_of(parameter.value);
        if (!equals_ignoring_case(parameter.name, "algorithm")) continue;
        const auto hash = hash_of(parameter.value);
        if (!hash) return std::nullopt;
        said.hash = *hash;
    }
    if (said.nonce.empty() || said.response.empty()) return std::nullopt;
    if (!said.quality.empty() && said.quality != "auth") return std::nullopt;
    if (said.quality.empty()) said.count = said.filler = {};
    else if (!is_token(said.count)) return std::nullopt;
    return said;
}

void append_quoted(std::string& out, std::string_view name, std::string_view value) {
    out.append(", ").append(name).append("=\"").append(value).append("\"");
}

}  // namespace

std::optional<Challenge> parse_challenge(std::string_view field) {
    const auto scheme = take_scheme(field);
    if (!scheme) return std::nullopt;
    Challenge challenge{.scheme = *scheme};
    while (!field.empty()) {
        const Parameter parameter = parse_parameter(take_element(field, ','));
        if (equals_ignoring_case(parameter.name, "realm")) challenge.realm = text_of(parameter.value);
        if (challenge.scheme == Scheme::basic) continue;
        if (equals_ignoring_case(parameter.name, "nonce")) challenge.nonce = text_of(parameter.value);
        if (equals_ignoring_case(parameter.name, "opaque")) challenge.opaque = text_of(parameter.value);
        if (equals_ignoring_case(parameter.name, "algorithm")) {
            const auto hash = hash_of(parameter.value);
            if (!hash) return std::nullopt;
            challenge.hash = *hash;
        }
        if (!equals_ignoring_case(parameter.name, "qop")) continue;
        for (std::string_view offers = parameter.value; !offers.empty();)
            challenge.has_auth = equals_ignoring_case(take_element(offers, ','), "auth") || challenge.has_auth;
    }
    if (challenge.scheme == Scheme::digest && challenge.nonce.empty()) return std::nullopt;
    return challenge;
}

std::string print(const Challenge& challenge) {
    const bool is_digest = challenge.scheme == Scheme::digest;
    std::string out = is_digest ? "Digest realm=\"" : "Basic realm=\"";
    out.append(challenge.realm).append("\"");
    if (!is_digest) return out;
    append_quoted(out, "nonce", challenge.nonce);
    if (!challenge.opaque.empty()) append_quoted(out, "opaque", challenge.opaque);
    if (challenge.hash != Hash::md5) out.append(", algorithm=").append(algorithm(challenge.hash).name);
    if (challenge.has_auth) append_quoted(out, "qop", "auth");
    return out;
}

std::optional<Challenge> choose_challenge(const Fields& fields) {
    std::optional<Challenge> best;
    for (const Field& field : fields.all()) {
        if (!equals_ignoring_case(field.name, "WWW-Authenticate")) continue;
        auto challenge = parse_challenge(field.value);
        if (challenge && (!best || (best->scheme == Scheme::basic && challenge->scheme == Scheme::digest)))
            best = std::move(challenge);
    }
    return best;
}

bool Credentials::know(std::string_view guess) const {
    if (scheme == Scheme::basic) return equal_in_constant_time(password, guess);
    return equal_in_constant_time(response, digest_response(*this, guess));
}

std::optional<Credentials> parse_credentials(std::string_view field, std::string_view method) {
    const auto scheme = take_scheme(field);
    if (!scheme) return std::nullopt;
    auto said = *scheme == Scheme::basic ? parse_basic(field) : parse_digest(field);
    if (said) said->method = method;
    return said;
}

std::string print(const Credentials& credentials) {
    if (credentials.scheme == Scheme::basic) return "Basic " + to_base64(credentials.user + ':' + credentials.password);
    std::string out = "Digest username=\"" + credentials.user + '"';
    append_quoted(out, "realm", credentials.realm);
    append_quoted(out, "nonce", credentials.nonce);
    append_quoted(out, "uri", credentials.address);
    append_quoted(out, "response", credentials.response);
    if (credentials.hash != Hash::md5) out.append(", algorithm=").append(algorithm(credentials.hash).name);
    if (!credentials.opaque.empty()) append_quoted(out, "opaque", credentials.opaque);
    if (credentials.quality.empty()) return out;
    out.append(", qop=").append(credentials.quality).append(", nc=").append(credentials.count);
    append_quoted(out, "cnonce", credentials.filler);
    return out;
}

Credentials answer(const Challenge& challenge, const Login& login, std::string_view method, std::string_view address,
                   std::uint32_t count, std::string_view filler) {
    Credentials said{.scheme = challenge.scheme, .method = std::string(method), .user = login.user};
    if (challenge.scheme == Scheme::basic) {
        said.password = login.password;
        return said;
    }
    said.realm = challenge.realm;
    said.nonce = challenge.nonce;
    said.address = address;
    said.opaque = challenge.opaque;
    said.hash = challenge.hash;
    if (challenge.has_auth) {
        std::array<char, 9> digits{};
        (void)std::snprintf(digits.data(), digits.size(), "%08x", count);
        said.quality = "auth";
        said.count = digits.data();
        said.filler = filler;
    }
    said.response = digest_response(said, login.password);
    return said;
}

}  // namespace weir::proto::rtsp
