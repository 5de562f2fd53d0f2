#include "worker/ingest_input.hpp"

#include "worker/broker.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace weir::worker {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

// None of these opens anything by itself but HLS and DASH, and those within `protocols`.
constexpr std::string_view formats =
    "hls,dash,mpegts,flv,live_flv,mov,mp4,m4a,matroska,webm,mpeg,avi,ogg,aac,mp3,ac3,eac3,flac,wav,h264,hevc,m4v,ivf,"
    "obu";
constexpr std::string_view file_formats =
    "mpegts,flv,mov,mp4,m4a,matroska,webm,mpeg,avi,ogg,aac,mp3,ac3,eac3,flac,wav,h264,hevc,m4v,ivf,obu,asf,mxf,gxf";
constexpr std::string_view web = "http,https,tcp,tls,crypto,data";

constexpr std::array<std::string_view, 13> udp_options{
    "localaddr",        "localport", "sources", "block",    "reuse",        "buffer_size",  "fifo_size",
    "overrun_nonfatal", "pkt_size",  "ttl",     "rtcpport", "localrtpport", "localrtcpport"};

struct Scheme {
    std::string_view name;
    std::string_view protocols;
    std::string_view formats;
    std::string_view format;                    ///< where it cannot be another
    std::span<const std::string_view> options;  ///< that may be behind `?`; of the web everything is the server's
    bool is_web = false;
    bool is_sent_to_us = false;
};
constexpr Scheme schemes[] = {
    {"http", web, formats, "", {}, true, false},
    {"https", web, formats, "", {}, true, false},
    {"udp", "udp", "mpegts", "mpegts", udp_options, false, true},
    {"rtp", "rtp,udp", "rtp,sdp,mpegts", "", udp_options, false, true},
    {"tcp", "tcp", "mpegts,flv,live_flv,matroska,webm", "", {}, false, false},
};

Result<void> check_options(std::string_view url, const Scheme& scheme) {
    const std::size_t question = url.find('?');
    for (std::string_view rest = question == std::string_view::npos ? "" : url.substr(question + 1); !rest.empty();) {
        const std::string_view option = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(option.size() + 1, rest.size()));
        if (std::ranges::find(scheme.options, option.substr(0, option.find('='))) == scheme.options.end())
            return fail(ErrorKind::refused, "the address has an option (behind ?) that is not allowed in a source");
    }
    return {};
}

void set_web_options(media::Ticks silence, av::DemuxerSettings& settings) {
    settings.options = {{"user_agent", "Weir"},
                        {"rw_timeout", std::to_string(silence.to(1'000'000))},
                        {"tls_verify", "1"},
                        {"ca_file", authorities_file},
                        // Only of files, which there are none of.
                        {"allowed_extensions", "ALL"},
                        {"seekable", "-1"}};
}

}  // namespace

Result<IngestInput> input_of(const std::string& url, media::Ticks silence) {
    const std::string_view text = url;
    const std::size_t end = text.find("://");
    const auto* scheme = std::ranges::find(schemes, text.substr(0, std::min(end, text.size())), &Scheme::name);
    if (end == std::string_view::npos || scheme == std::end(schemes))
        return fail(
            ErrorKind::unsupported,
            "an address of this kind cannot be fetched: rtmp, rtsp, srt, http, https, udp, rtp, tcp and file can");
    if (!scheme->is_web) TRY(check_options(text, *scheme));
    IngestInput input{.settings = {.url = url,
                                   .format = std::string(scheme->format),
                                   .protocols = std::string(scheme->protocols),
                                   .formats = std::string(scheme->formats)},
                      .scheme = scheme->name,
                      .is_sent_to_us = scheme->is_sent_to_us};
    if (scheme->is_web) set_web_options(silence, input.settings);
    if (scheme->is_sent_to_us) input.settings.options = {{"overrun_nonfatal", "1"}};
    return input;
}

av::DemuxerSettings input_of_file(const std::string& name, int file) {
    return {.url = name, .file = file, .format = {}, .protocols = "none", .formats = std::string(file_formats)};
}

std::string_view protocol_name(std::string_view scheme, std::string_view format) {
    if (format == "hls" || format == "dash") return format;
    return scheme == "https" ? "http" : scheme;
}

}  // namespace weir::worker
