// Who one is, over RTSP: Basic and Digest (RFC 7617, RFC 7616 and the older form of RFC 2069 that cameras speak), both ends. A server's
// nonce lives as long as its connection, so that what was said on one is worth nothing on another.
#pragma once

#include "proto/rtsp/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::proto::rtsp {

enum class Hash : std::uint8_t { md5, sha256 };

/// A WWW-Authenticate field.
struct Challenge {
    enum class Scheme : std::uint8_t { basic, digest };

    Scheme scheme = Scheme::basic;
    std::string realm;
    std::string nonce;   ///< of Digest, as are all below
    std::string opaque;  ///< goes back as it came
    Hash hash = Hash::md5;
    bool has_auth = false;  ///< `qop` offers "auth"

    friend bool operator==(const Challenge&, const Challenge&) = default;
};

[[nodiscard]] std::optional<Challenge> parse_challenge(std::string_view field);
[[nodiscard]] std::string print(const Challenge& challenge);
/// The best of those in a response that can be answered: Digest before Basic.
[[nodiscard]] std::optional<Challenge> choose_challenge(const Fields& fields);

/// An Authorization field, and the method that it was said with.
struct Credentials {
    Challenge::Scheme scheme = Challenge::Scheme::basic;
    std::string method;
    std::string user;
    std::string password;  ///< of Basic
    std::string realm;     ///< of Digest, as are all below
    std::string nonce;
    std::string address;
    std::string response;
    std::string quality;  ///< `qop`: "auth", or empty
    std::string count;    ///< `nc`
    std::string filler;   ///< `cnonce`
    std::string opaque;
    Hash hash = Hash::md5;

    /// Whether who said this knows the password. Takes as long for a wrong one as for the right one.
    [[nodiscard]] bool know(std::string_view guess) const;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// Nothing where the field is of neither scheme or lacks what its scheme needs.
[[nodiscard]] std::optional<Credentials> parse_credentials(std::string_view field, std::string_view method);
[[nodiscard]] std::string print(const Credentials& credentials);

/// A client's answer. `count` is how many it has given to this nonce, this one included; `filler` is random.
struct Login {
    std::string user;
    std::string password;
};
[[nodiscard]] Credentials answer(const Challenge& challenge, const Login& login, std::string_view method,
                                 std::string_view address, std::uint32_t count, std::string_view filler);

}  // namespace weir::proto::rtsp
