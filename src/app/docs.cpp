#include "app/docs.hpp"

#include "api/stream_book.hpp"
#include "app/ceiling.hpp"
#include "app/matrix_page.hpp"
#include "base/limits.hpp"
#include "base/slab_pool.hpp"
#include "config/reference.hpp"
#include "endpoint/index_waiters.hpp"
#include "endpoint/ingest_puller.hpp"
#include "endpoint/pulls.hpp"
#include "endpoint/rtmp.hpp"
#include "endpoint/rtsp.hpp"
#include "endpoint/srt.hpp"
#include "endpoint/still_worker.hpp"
#include "endpoint/ts_segments.hpp"
#include "endpoint/worker.hpp"
#include "format/amf0.hpp"
#include "format/flv_body_parser.hpp"
#include "format/mp4_reader.hpp"
#include "format/mpegts_demux.hpp"
#include "format/relay.hpp"
#include "format/rtp_depacketizer.hpp"
#include "format/rtp_jitter.hpp"
#include "format/sdp.hpp"
#include "net/http_limits.hpp"
#include "net/tls_limits.hpp"
#include "package/segmenter.hpp"
#include "proto/http/request_parser.hpp"
#include "proto/http/websocket.hpp"
#include "proto/rtmp/limits.hpp"
#include "proto/rtsp/limits.hpp"
#include "stream/push_plan.hpp"
#include "stream/registry.hpp"
#include "transcode/limits.hpp"

namespace weir::app {

namespace {

std::string limits() {
    const base::LimitTable tables[] = {
        base::limit_table("stream/registry", stream::Registry::Limits{}),
        base::limit_table("stream/rendition", stream::Rendition::Limits{}),
        base::limit_table("stream/rung", stream::Rung::Limits{}),
        base::limit_table("base/slab_pool", base::SlabPoolLimits{}),
        base::limit_table("stream/held_group", stream::HeldGroup::Limits{}),
        base::limit_table("stream/track_rungs", stream::TrackRungs::Limits{}),
        base::limit_table("stream/wire_log", stream::WireLog::Limits{}),
        base::limit_table("stream/intake", stream::Intake::Limits{}),
        base::limit_table("package/segmenter", package::SegmenterLimits{}),
        base::limit_table("package/hls_ts", package::hls_ts::Limits{}),
        base::limit_table("endpoint/index_waiters", endpoint::IndexWaiters::Limits{}),
        base::limit_table("endpoint/rtmp", endpoint::RtmpLimits{}),
        base::limit_table("endpoint/srt", endpoint::SrtEndpointLimits{}),
        base::limit_table("net/srt", net::SrtLimits{}),
        base::limit_table("proto/rtmp", proto::rtmp::Limits{}),
        base::limit_table("endpoint/rtsp", endpoint::RtspLimits{}),
        base::limit_table("proto/rtsp", proto::rtsp::Limits{}),
        base::limit_table("format/rtp_jitter", format::rtp::JitterLimits{}),
        base::limit_table("format/rtp_depacketizer", format::rtp::DepacketizerLimits{}),
        base::limit_table("format/sdp", format::sdp::Limits{}),
        base::limit_table("format/flv", format::flv::BodyParser::Limits{}),
        base::limit_table("format/mpegts", format::mpegts::DemuxLimits{}),
        base::limit_table("format/amf0", format::amf0::Limits{}),
        base::limit_table("net/http_server", net::HttpLimits{}),
        base::limit_table("proto/http", proto::http::RequestLimits{}),
        base::limit_table("proto/http/h2", proto::http::H2Limits{}),
        base::limit_table("net/tls", net::TlsLimits{}),
        base::limit_table("proto/http/websocket", proto::http::websocket::Limits{}),
        base::limit_table("endpoint/http_ts", endpoint::TsLimits{}),
        base::limit_table("format/mp4", format::mp4::ReaderLimits{}),
        base::limit_table("format/relay", format::relay::Limits{}),
        base::limit_table("endpoint/worker", endpoint::WorkerLimits{}),
        base::limit_table("transcode/supervisor", transcode::Limits{}),
        base::limit_table("stream/stills", stream::Stills::Limits{}),
        base::limit_table("stream/push_plan", stream::PushLimits{}),
        base::limit_table("api/stream_book", api::BookLimits{}),
        base::limit_table("endpoint/still_worker", endpoint::StillLimits{}),
        base::limit_table("stream/pull_supervisor", stream::PullLimits{}),
        base::limit_table("endpoint/pulls", endpoint::PullsLimits{}),
        base::limit_table("endpoint/ingest_puller", endpoint::IngestLimits{}),
    };
    return base::limits_page(tables) + ceiling_page();
}

}  // namespace

std::optional<std::string> docs_page(std::string_view topic) {
    if (topic == "configuration") return config::reference_page();
    if (topic == "limits") return limits();
    if (topic == "matrix") return matrix_page();
    if (topic == "readme") return matrix_block();
    return std::nullopt;
}

std::optional<std::string> docs_json(std::string_view topic) {
    return topic == "matrix" ? std::optional(matrix_json()) : std::nullopt;
}

}  // namespace weir::app
