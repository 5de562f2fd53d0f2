#include "api/status.hpp"

#include "api/json.hpp"
#include "base/memory.hpp"
#include "base/slab_pool.hpp"

namespace weir::api {

namespace http = proto::http;

namespace {

// One stream's figures, as `fields` for the writer of metrics.
struct StreamFigures {
    base::Total input_frames;
    base::Total input_bytes;
    std::uint64_t input_bitrate = 0;
    base::Total delivered_bytes;
    base::Total viewer_jumps;
    base::Total segments_cut;
    std::uint64_t segment_bytes = 0;
    std::uint64_t contenders = 0;
    std::uint64_t contender_bytes = 0;
    base::Total contender_groups_dropped;

    void fields(this auto& self, auto&& visit) {
        visit("input_frames", self.input_frames, "Frames received.");
        visit("input_bytes", self.input_bytes, "Bytes of media received.");
        visit("input_bitrate", self.input_bitrate, "Bits a second received over the last seconds.");
        visit("delivered_bytes", self.delivered_bytes, "Bytes sent to viewers of its logs.");
        visit("viewer_jumps", self.viewer_jumps, "Times that a slow viewer jumped to the newest keyframe.");
        visit("segments_cut", self.segments_cut, "Segments that had to begin without a keyframe.");
        visit("segment_bytes", self.segment_bytes, "Bytes of the segments that can be fetched.");
        visit("contenders", self.contenders, "Who would bring the stream its media: who is on air, and who stands by.");
        visit("contender_bytes", self.contender_bytes, "Bytes that are held of them, to go on air with at once.");
        visit("contender_groups_dropped", self.contender_groups_dropped,
              "Groups of pictures of those that were let go at a limit.");
    }
};

struct RungFigures {
    base::Total frames;
    base::Total bytes;
    std::uint64_t bitrate = 0;
    std::uint64_t running = 0;
    std::uint64_t queue_depth = 0;
    std::uint64_t queue_limit = 0;
    double speed = 0;

    void fields(this auto& self, auto&& visit) {
        visit("frames", self.frames, "Frames that a rung's encoder made.");
        visit("bytes", self.bytes, "Bytes that a rung's encoder made.");
        visit("bitrate", self.bitrate, "Bits a second that a rung's encoder made over the last seconds.");
        visit("running", self.running, "1 while the rung is made, 0 while it is shed, failed, recovering or left out.");
        visit("queue_depth", self.queue_depth, "Frames that wait for a rung's encoder.");
        visit("queue_limit", self.queue_limit, "Frames that may wait for a rung's encoder.");
        visit("speed", self.speed, "Frames a second that a rung could encode, by those it has to.");
    }
};

struct WorkerFigures {
    base::Total restarts;
    std::uint64_t memory_bytes = 0;

    void fields(this auto& self, auto&& visit) {
        visit("restarts", self.restarts, "Times that a stream's worker was started again.");
        visit("memory_bytes", self.memory_bytes, "Bytes of a worker that are resident.");
    }
};

std::uint64_t bytes_of(const stream::SegmentIndex& index) {
    std::uint64_t bytes = 0;
    for (const auto& list : index.renditions)
        for (const auto* segments : {&list->listed, &list->lingering})
            for (const stream::SegmentRef& segment : *segments) bytes += segment->size;
    return bytes;
}

void add_rung(base::MetricsWriter& writer, std::string_view id, const stream::RungSnapshot& rung) {
    const stream::RungStats& stats = rung.stats;
    const base::Label of_stream{"stream", id};
    const base::Label of_rung{"rung", rung.plan.name};
    writer.add(RungFigures{.frames = {rung.counts.frames},
                           .bytes = {rung.counts.bytes},
                           .bitrate = rung.bitrate,
                           .running = stats.state == stream::RungState::running ? 1U : 0U,
                           .queue_depth = stats.queue_depth,
                           .queue_limit = stats.queue_limit,
                           .speed = stats.speed},
               "rung", {of_stream, of_rung});
    const auto dropped = [&](std::string_view reason, std::uint64_t count) {
        writer.add_value("rung_dropped", base::Total{count},
                         "Frames that overload took from a rung, and packets of sound that no picture came for.",
                         {of_stream, of_rung, {"reason", reason}});
    };
    dropped("overload", stats.dropped_overload);
    dropped("sound", rung.counts.sound_dropped);
    writer.add_value("rung_partings", base::Total{rung.counts.partings},
                     "Times that the viewers of a rung's log were let go, since nothing came of it any more.",
                     {of_stream, of_rung});
    const auto encode = [&](std::string_view quantile, base::Duration taken) {
        writer.add_value("rung_encode", taken, "How long a rung's encoder takes for one frame.",
                         {of_stream, of_rung, {"quantile", quantile}});
    };
    encode("0.5", stats.encode.p50);
    encode("0.95", stats.encode.p95);
    encode("0.99", stats.encode.p99);
}

void add_worker(base::MetricsWriter& writer, std::string_view id, const stream::WorkerStats& worker) {
    writer.add(WorkerFigures{.restarts = {worker.restarts}, .memory_bytes = worker.memory_bytes}, "worker",
               {{"stream", id}});
    worker.alive.fields([&](std::string_view kind, std::uint64_t count) {
        writer.add_value("worker_alive", count, "Objects of the codecs that are alive in a worker.",
                         {{"stream", id}, {"kind", kind}});
    });
}

void add_link(base::MetricsWriter& writer, std::string_view id, const stream::LinkStats& link) {
    const base::Label of_stream{"stream", id};
    writer.add_value("link_round_trip", base::Duration(std::chrono::microseconds(link.round_trip_us.value())),
                     "Round trip to the publisher.", {of_stream});
    link.fields([&](std::string_view kind, const base::Gauge& count) {
        writer.add_value("link_packets", base::Total{static_cast<std::uint64_t>(count.value())},
                         "Packets of the publisher: received, lost on the way, and what became of those.",
                         {of_stream, {"kind", kind}});
    });
}

void add_stream(base::MetricsWriter& writer, stream::Registry& registry, const stream::StreamSnapshot& snapshot) {
    const std::string id = snapshot.id.text();
    const auto stream = registry.find(snapshot.id);
    if (stream == nullptr) return;
    StreamFigures figures{.input_frames = {snapshot.input.frames},
                          .input_bytes = {snapshot.input.bytes},
                          .input_bitrate = snapshot.input.bitrate,
                          .delivered_bytes = {stream->delivery().bytes.load()},
                          .viewer_jumps = {stream->delivery().jumps.load()},
                          .contenders = snapshot.contenders.size(),
                          .contender_groups_dropped = {snapshot.groups_dropped}};
    for (const stream::ContenderSnapshot& one : snapshot.contenders) figures.contender_bytes += one.held_bytes;
    if (const stream::SegmentIndexRef segments = registry.segments(snapshot.id)) {
        figures.segments_cut = {segments->cuts};
        figures.segment_bytes = bytes_of(*segments);
    }
    writer.add(figures, "", {{"stream", id}});
    snapshot.input.timestamp_faults.fields([&](std::string_view kind, std::uint64_t count, auto&&...) {
        writer.add_value("timestamp_faults", base::Total{count}, "Times that a source's clock had to be mended.",
                         {{"stream", id}, {"kind", kind}});
    });
    for (std::size_t i = 0; i < snapshot.switches.size(); ++i)
        writer.add_value("switches", base::Total{snapshot.switches[i]}, "Times that another source went on air.",
                         {{"stream", id}, {"reason", stream::switch_reason_names[i]}});
    stream->viewers().each([&](std::string_view protocol, std::uint32_t count) {
        writer.add_value("viewers", std::uint64_t{count}, "Viewers, by protocol.",
                         {{"stream", id}, {"protocol", protocol}});
    });
    if (snapshot.publisher && snapshot.publisher->link != nullptr) add_link(writer, id, *snapshot.publisher->link);
    for (const stream::RungSnapshot& rung : snapshot.rungs) add_rung(writer, id, rung);
    if (snapshot.worker) add_worker(writer, id, *snapshot.worker);
}

std::string metrics(const StatusSources& sources) {
    base::MetricsWriter writer;
    writer.add_value("info", std::uint64_t{1}, "The version of this server.", {{"version", sources.version}});
    writer.add_value("slab_bytes", std::uint64_t{base::slab_bytes()}, "Bytes of media in memory.");
    writer.add_value("slab_kept_bytes", std::uint64_t{base::slab_kept_bytes()},
                     "Bytes of released slabs that threads keep for the next of their size.");
    writer.add_value("media_bytes", std::uint64_t{base::media_bytes()},
                     "Bytes of media in memory, with their records: what limits.memory counts.");
    const auto snapshots = sources.registry.list();
    writer.add_value("streams", std::uint64_t{snapshots.size()},
                     "Streams, ended ones that can still be read included.");
    writer.add_value("streams_refused", base::Total{sources.registry.refused().value()}, "Streams refused at a limit.");
    writer.add_value("streams_sacrificed", base::Total{sources.registry.sacrificed().value()},
                     "Streams ended since the memory that limits.memory allows was in use.");
    sources.metrics(writer);
    for (const stream::StreamSnapshotRef& snapshot : snapshots) add_stream(writer, sources.registry, *snapshot);
    return writer.text();
}

net::HttpResponse ok(const http::Request&, net::RequestContext&) {
    return json_response(boost::json::object{{"status", "ok"}});
}

}  // namespace

std::vector<net::Route> status_routes(const StatusSources& sources) {
    using enum http::Method;
    return {
        {get, "/health", net::Audience::api, net::PlainHandler(&ok)},
        {get, "/ready", net::Audience::api, net::PlainHandler(&ok)},
        {get, "/metrics", net::Audience::api, net::PlainHandler([&sources](const http::Request&, net::RequestContext&) {
             return net::HttpResponse::of(base::MetricsWriter::content_type, metrics(sources));
         })},
    };
}

}  // namespace weir::api
