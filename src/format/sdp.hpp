// Session descriptions (RFC 8866, which is RFC 4566 made clearer), as RTSP and WebRTC have them. Read as cameras write them: lines end
// any way they like, order does not matter, what is missing is empty and what is not understood is passed over; only media
// lines must make sense. What they mean for RTP is `rtp_format.hpp`. All of it may be hostile.
#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::format::sdp {

struct Limits {
    base::ByteCount text{64U << 10};
    std::size_t lines = 1000;
    std::size_t media = 16;

    void fields(this auto& self, auto&& visit) {
        visit("text", self.text,
              base::Limit{.what = "bytes of a session description",
                          .at_limit = "it is refused",
                          .metric = "weir_rtsp_refused_total"});
        visit("lines", self.lines,
              base::Limit{.what = "lines of a session description",
                          .at_limit = "it is refused",
                          .metric = "weir_rtsp_refused_total"});
        visit("media", self.media,
              base::Limit{.what = "media of a session description",
                          .at_limit = "it is refused",
                          .metric = "weir_rtsp_refused_total"});
    }
};

/// `a=name` or `a=name:value`.
struct Attribute {
    std::string name;
    std::string value;
    friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// Names of encodings and parameters are the same in small letters and large.
[[nodiscard]] bool is_same_name(std::string_view a, std::string_view b) noexcept;

/// The first attribute of that name; null where there is none.
[[nodiscard]] const std::string* find(const std::vector<Attribute>& attributes, std::string_view name) noexcept;

/// `m=kind port protocol formats...` and the lines behind it.
struct Media {
    std::string kind;  ///< "video", "audio", "application"
    std::uint16_t port = 0;
    std::string protocol = "RTP/AVP";
    std::vector<std::string> formats;  ///< of RTP: payload types
    std::string connection;            ///< the address of `c=`; empty: that of the session
    std::uint64_t bandwidth = 0;       ///< bits a second by `b=AS` or `b=TIAS`; 0: not said
    std::vector<Attribute> attributes;

    [[nodiscard]] const std::string* find(std::string_view attribute) const noexcept {
        return sdp::find(attributes, attribute);
    }
    friend bool operator==(const Media&, const Media&) = default;
};

struct Session {
    std::string user = "-";  ///< of `o=`, as are the next three
    std::string id = "0";
    std::string version = "0";
    std::string address;  ///< "192.0.2.1" or "2001:db8::1"; written as 0.0.0.0 where it is empty
    std::string name;     ///< `s=`
    std::string information;
    std::string connection;  ///< the address of `c=`
    std::vector<Attribute> attributes;
    std::vector<Media> media;

    [[nodiscard]] const std::string* find(std::string_view attribute) const noexcept {
        return sdp::find(attributes, attribute);
    }
    friend bool operator==(const Session&, const Session&) = default;
};

[[nodiscard]] base::Result<Session> parse(std::string_view text, const Limits& limits = {});
/// Lines end in CR LF. Line ends inside the texts are left out.
[[nodiscard]] std::string write(const Session& session);

}  // namespace weir::format::sdp
