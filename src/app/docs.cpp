#include "app/docs.hpp"

#include "base/limits.hpp"
#include "config/reference.hpp"
#include "endpoint/rtmp.hpp"
#include "format/amf0.hpp"
#include "format/mp4_reader.hpp"
#include "package/segmenter.hpp"
#include "proto/rtmp/limits.hpp"

namespace weir::app {

namespace {

std::string limits() {
    const base::LimitTable tables[] = {
        base::limit_table("endpoint/rtmp", endpoint::RtmpLimits{}),
        base::limit_table("proto/rtmp", proto::rtmp::Limits{}),
        base::limit_table("format/amf0", format::amf0::Limits{}),
        base::limit_table("format/mp4", format::mp4::ReaderLimits{}),
        base::limit_table("package/segmenter", package::SegmenterLimits{}),
    };
    return base::limits_page(tables);
}

}  // namespace

std::optional<std::string> docs_page(std::string_view topic) {
    if (topic == "configuration") return config::reference_page();
    if (topic == "limits") return limits();
    return std::nullopt;
}

}  // namespace weir::app
