#include "app/matrix.hpp"

#include "app/formats.hpp"
#include "format/cmaf_entries.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_tags.hpp"
#include "format/mpegts_mux.hpp"
#include "format/mpegts_streams.hpp"
#include "format/rtp_depacketizer.hpp"
#include "format/rtp_format.hpp"
#include "media/track_config.hpp"
#include "package/hls_ts.hpp"
#include "transcode/sound.hpp"

#include <array>

namespace weir::app {

namespace {

namespace flv = format::flv;
namespace mpegts = format::mpegts;
namespace rtp = format::rtp;

/// What a worker reads is described by its record or its frames, as everything is; its FFmpeg knows every codec of the table.
bool can_describe(media::Codec codec) noexcept { return media::why_not_served(codec).empty(); }

constexpr std::array<MatrixSource, 4> sources{{
    {"rtmp", "RTMP, RTMPS", "rtmp://HOST/live/mine", "OBS, ffmpeg, GStreamer, librtmp", flv::can_read, flv::refusal},
    {"srt", "SRT", "srt://HOST:8890?streamid=publish:live/mine", "OBS, ffmpeg, GStreamer, srt-live-transmit",
     mpegts::can_read, mpegts::refusal},
    {"rtsp", "RTSP, RTSPS", "rtsp://HOST:8554/live/mine", "OBS, ffmpeg, GStreamer", rtp::can_read, rtp::refusal},
    {"worker", "fetched by the server", "source: \"https://HOST/live.m3u8\"", "files, HTTP-FLV, HLS, MPEG-TS over UDP",
     can_describe, media::why_not_served},
}};

std::string under(std::string_view suffix) { return "/live/mine" + std::string(suffix); }

/// The endless answers of HTTP, as they are mounted.
void add_logs(std::vector<MatrixForm>& forms) {
    for (const endpoint::LogForm& log : log_forms()) {
        const std::string what(log.carriage->form);
        forms.push_back({std::string(log.format->name), what + " over HTTP", under(log.suffix), log.carriage,
                         log.format->can_carry != nullptr});
        if (log.messages == nullptr) continue;
        forms.push_back({std::string(log.messages->name), what + " over WebSocket",
                         "ws://HOST:8080" + under(log.suffix), log.carriage, log.format->can_carry != nullptr});
    }
}

std::vector<MatrixForm> list_forms() {
    std::vector<MatrixForm> forms{
        {"hls", "HLS, LL-HLS", under("/index.m3u8"), &format::cmaf::carriage, true},
        {"dash", "DASH, LL-DASH", under("/manifest.mpd"), &format::cmaf::carriage, true},
        {"hls-ts", "HLS of MPEG-TS, for old players", under("/ts.m3u8"), &package::hls_ts::carriage, true},
    };
    add_logs(forms);
    forms.push_back({"rtmp", "RTMP, RTMPS", "rtmp://HOST/live/mine", &flv::carriage, rtmp_format.can_carry != nullptr});
    forms.push_back(
        {"srt", "SRT", "srt://HOST:8890?streamid=read:live/mine", &mpegts::carriage, ts_format.can_carry != nullptr});
    forms.push_back(
        {"rtsp", "RTSP, RTSPS", "rtsp://HOST:8554/live/mine", &rtp::carriage, rtsp_format.can_carry != nullptr});
    return forms;
}

}  // namespace

std::span<const MatrixSource> matrix_sources() noexcept { return sources; }

std::span<const MatrixForm> matrix_forms() {
    static const std::vector<MatrixForm> forms = list_forms();
    return forms;
}

std::string_view why_not(const MatrixSource& source, media::Codec codec) noexcept {
    return source.can_read(codec) ? std::string_view() : source.refusal(codec);
}

std::string_view why_not(const MatrixForm& form, media::Codec codec) noexcept { return form.carriage->refusal(codec); }

bool is_encoded(const MatrixForm& form, media::Codec codec) noexcept {
    return form.has_encoded_sound && transcode::is_missed(codec) && !why_not(form, codec).empty();
}

}  // namespace weir::app
