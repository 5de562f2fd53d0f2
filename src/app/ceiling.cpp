#include "app/ceiling.hpp"

#include "base/slab_pool.hpp"
#include "endpoint/rtmp.hpp"
#include "endpoint/rtsp.hpp"
#include "endpoint/slate_worker.hpp"
#include "endpoint/srt.hpp"
#include "endpoint/worker.hpp"
#include "format/relay.hpp"
#include "net/http_limits.hpp"
#include "net/http_shard.hpp"
#include "package/hls_ts.hpp"
#include "package/segmenter.hpp"
#include "proto/rtmp/limits.hpp"
#include "proto/rtsp/limits.hpp"
#include "stream/push_plan.hpp"
#include "stream/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::app {

using base::ByteCount;
using namespace base::literals;

namespace {

constexpr ByteCount program = 64_MiB;         ///< code, pages, tables, and what start-up leaves
constexpr ByteCount thread_tools = 16_MiB;    ///< stack, input buffers, ring, and an answer in the making
constexpr ByteCount http_tools = 8_KiB;       ///< coroutine, parser, outbox; or a viewer's place at a broadcaster
constexpr ByteCount rtmp_tools = 32_KiB;      ///< coroutine, machine, handshake, commands, intake
constexpr ByteCount srt_tools = 512_KiB;      ///< the library's lists and windows, session, a read
constexpr ByteCount stream_tools = 64_KiB;    ///< stream, snapshot, segment lists
constexpr ByteCount worker_tools = 32_KiB;    ///< process, supervisor, replay
constexpr std::uint64_t allocator_share = 4;  ///< one part for four is kept between the pieces

ByteCount sum(auto... values) { return ByteCount((values + ...)); }

// A buffer that grows may be twice as large as what is in it.
ByteCount http_connection() {
    const proto::http::RequestLimits request;
    const std::uint64_t head = request.request_line + request.header_bytes;
    return sum(2 * (head + net::HttpShard::input_size), head, http_tools.bytes());
}

ByteCount rtmp_connection() {
    const proto::rtmp::Limits machine;
    return sum(2 * endpoint::RtmpLimits{}.unsent.bytes(), 2 * machine.held.bytes(), rtmp_tools.bytes());
}

// The library has a list entry of 24 bytes for each packet of the window that the peer asks for. A connection publishes or plays.
ByteCount srt_connection() {
    const net::SrtLimits srt;
    const std::uint64_t buffered = std::max(srt.receive.bytes(), srt.unsent.bytes());
    return sum(buffered, std::uint64_t{24} * srt.window, srt_tools.bytes());
}

// Its packets that wait for an earlier one are media.
ByteCount rtsp_connection() {
    const proto::rtsp::Limits machine;
    const std::uint64_t message = machine.head.bytes() + machine.body.bytes();
    return sum(2 * endpoint::RtspLimits{}.unsent.bytes(), 2 * (machine.held.bytes() + message), rtmp_tools.bytes());
}

ByteCount http_bodies() {
    const net::HttpLimits http;
    return sum(2 * http.bodies.bytes(), http.answers.bytes());
}

// One read of a publisher's socket: the messages under way, in buffers that may grow to twice their size; what of them is complete goes into
// a log, and completes a chunk of each rendition, for which that much was waiting. Besides it a viewer may ask for a first log, or jump, and
// for a segment as MPEG-TS, which is made from a copy.
ByteCount publisher_step() {
    const proto::rtmp::Limits machine;
    const package::SegmenterLimits segmenter;
    const std::uint64_t chunks = 2 * (segmenter.segment_bytes + machine.message.bytes());
    const std::uint64_t first_chunks = machine.chunk_streams * 2 * endpoint::RtmpEndpoint::input_size;
    const std::uint64_t as_ts = 3 * package::hls_ts::Limits{}.ts_segment;  // read, and written
    return sum(2 * machine.unfinished.bytes(), first_chunks, stream::WireLog::Limits{}.log_bytes.bytes(), chunks,
               machine.message.bytes(), as_ts);
}

// One read of a worker's socket: the frame that begins, and what the one before it completes, as above.
ByteCount worker_step() {
    const std::uint64_t frame = format::relay::Limits{}.frame.bytes();
    const std::uint64_t chunks = 2 * (package::SegmenterLimits{}.segment_bytes + frame);
    return sum(2 * frame, stream::WireLog::Limits{}.log_bytes.bytes(), chunks);
}

}  // namespace

// A thread reads one socket between two looks.
ByteCount media_step() { return std::max(publisher_step(), worker_step()); }

std::vector<CeilingTerm> ceiling_terms(const config::Config& config, std::size_t threads) {
    const config::Limits& limits = config.limits;
    return {
        {"media", "", "`limits.memory`", 1, limits.memory},
        {"media that threads take before they look again", "`limits.threads`",
         "of a publisher 2 x `unfinished` + 2 x 64KiB x `chunk_streams` + `log_bytes` + 2 x (`segment_bytes` + "
         "`message`) + `message` + 3 x `ts_segment`; of a worker 2 x `frame` + `log_bytes` + 2 x (`segment_bytes` + "
         "`frame`); the larger",
         threads, media_step()},
        {"HTTP connections and viewers", "`limits.viewers`",
         "3 x (`request_line` + `header_bytes`) + 2 x 8KiB read at once + 8KiB", limits.viewers, http_connection()},
        {"bodies of requests, answers", "", "2 x `bodies` + `answers`", 1, http_bodies()},
        {"RTMP connections", "`limits.streams` + `waiting`", "2 x `unsent` + 2 x `held` + 32KiB",
         limits.streams + endpoint::RtmpLimits{}.waiting, rtmp_connection()},
        {"SRT connections", "`connections`", "the larger of `receive` and `unsent` + 24 x `window` + 512KiB",
         endpoint::SrtEndpointLimits{}.connections, srt_connection()},
        {"RTSP connections", "`limits.streams` + `waiting`", "2 x `unsent` + 2 x (`held` + `head` + `body`) + 32KiB",
         limits.streams + endpoint::RtspLimits{}.waiting, rtsp_connection()},
        {"targets that streams are sent to", "`in_all`", "2 x `unsent` + 2 x `held` + 32KiB",
         stream::PushLimits{}.in_all, rtmp_connection()},
        {"streams", "`limits.streams`", "64KiB", limits.streams, stream_tools},
        {"their workers", "`limits.streams`", "64KiB read at once + 32KiB", limits.streams,
         sum(endpoint::WorkerTranscoder::input_size, worker_tools.bytes())},
        {"their slates", "`limits.streams`", "64KiB read at once + 32KiB", limits.streams,
         sum(endpoint::SlateWorker::input_size, worker_tools.bytes())},
        {"threads", "`limits.threads`", "16MiB + 4MiB of kept slabs", threads,
         sum(thread_tools.bytes(), base::SlabPoolLimits{}.kept.bytes())},
        {"the program", "", "64MiB", 1, program},
    };
}

ByteCount memory_ceiling(const config::Config& config, std::size_t threads) {
    std::uint64_t total = 0;
    for (const CeilingTerm& term : ceiling_terms(config, threads)) total += term.count * term.each.bytes();
    return ByteCount(total + total / allocator_share);
}

std::string print_mebibytes(ByteCount value) {
    constexpr std::uint64_t mebibyte = 1 << 20;
    return fmt::format("{}MiB", (value.bytes() + mebibyte - 1) / mebibyte);
}

std::string ceiling_page() {
    constexpr std::size_t threads = 2;
    const config::Config defaults;
    std::string page = fmt::format(
        "\n## The ceiling of memory\n\n"
        "The process holds no more than the sum of these, and a quarter of it for what the allocator keeps between the "
        "pieces.\n"
        "With the default configuration and {} threads that is {}; each further thread adds {}. It is what a machine "
        "must\n"
        "have when everything is at its limit at once. `weir check` prints it for a configuration, and the server at "
        "its start.\n\n"
        "Media is everything in slabs (packets, logs, segments, messages under way, what a slow viewer has not taken "
        "yet) and "
        "the\nrecords of it: `weir_media_bytes`. It is counted before more is taken, and is beyond `limits.memory` by "
        "no more "
        "than\none step of each thread.\n\n"
        "| what | how many | bytes of each | with the defaults |\n| --- | --- | --- | --- |\n",
        threads, print_mebibytes(memory_ceiling(defaults, threads)),
        print_mebibytes(
            ByteCount(memory_ceiling(defaults, threads + 1).bytes() - memory_ceiling(defaults, threads).bytes())));
    for (const CeilingTerm& term : ceiling_terms(defaults, threads)) {
        const std::string total = print_mebibytes(ByteCount(term.count * term.each.bytes()));
        page += fmt::format(
            "| {} | {} | {} | {} |\n", term.what, term.number, term.made_of,
            term.count == 1 ? total : fmt::format("{} x {} = {}", term.count, base::print(term.each), total));
    }
    return page;
}

}  // namespace weir::app
