// A file through weir-worker at full speed, or in real time: what script/bench sets beside the ffmpeg command.
//   ladder WORKER FILE.mp4 OUT_DIR [live] [low] [stills] [cores N] [RUNG ...]
// RUNG is HEIGHT:BITRATE[:PRESET]; FILE is a fragmented MP4; with `stills` a picture of now is asked for with each packet.
// Writes each rung to OUT_DIR/HEIGHT.h264 and prints one line of JSON: seconds, frames, the worker's CPU and memory, the bits of
// each rung, and, live, the time from a source packet to each rung's packet. An encoder that looks ahead gives its n-th packet when
// the picture n + k goes in; what comes on top of that is the latency that the ladder adds. k is found from outside: no packet comes before
// the picture that completes it was sent, so it is at most the least number of pictures that were ever ahead of a packet, and it is that
// number if a single packet came before the next picture went in.
#include "base/byte_writer.hpp"
#include "format/mp4_reader.hpp"
#include "format/relay.hpp"
#include "media/h264.hpp"
#include "media/nal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace weir;
namespace relay = format::relay;
using Clock = std::chrono::steady_clock;
using media::Ticks;

struct Arguments {
    std::string worker;
    std::string file;
    std::string out;
    bool live = false;
    bool low = false;
    bool stills = false;
    std::uint32_t cores = 0;
    std::vector<relay::RungSetup> rungs;
};

[[noreturn]] void die(std::string_view text) {
    fmt::print(stderr, "ladder: {}\n", text);
    std::exit(1);
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) die("not a number");
    return value;
}

relay::RungSetup parse_rung(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) die("a rung is HEIGHT:BITRATE[:PRESET]");
    relay::RungSetup rung{.name = std::string(text.substr(0, colon)), .codec = "h264", .preset = "veryfast"};
    std::string_view rest = text.substr(colon + 1);
    if (const std::size_t second = rest.find(':'); second != std::string_view::npos) {
        rung.preset = rest.substr(second + 1);
        rest = rest.substr(0, second);
    }
    rung.height = static_cast<std::uint32_t>(number(rung.name));
    rung.width = (rung.height * 16 / 9 + 1) / 2 * 2;
    rung.bitrate = number(rest);
    return rung;
}

Arguments parse(const std::vector<std::string>& words) {
    if (words.size() < 3)
        die("ladder WORKER FILE.mp4 OUT_DIR [live] [low] [stills] [cores N] [HEIGHT:BITRATE[:PRESET] ...]");
    Arguments arguments{.worker = words[0], .file = words[1], .out = words[2], .rungs = {}};
    for (std::size_t i = 3; i < words.size(); ++i) {
        if (words[i] == "live") arguments.live = true;
        else if (words[i] == "low") arguments.low = true;
        else if (words[i] == "stills") arguments.stills = true;
        else if (words[i] == "cores" && i + 1 < words.size())
            arguments.cores = static_cast<std::uint32_t>(number(words[++i]));
        else arguments.rungs.push_back(parse_rung(words[i]));
    }
    if (arguments.rungs.empty())
        for (const char* rung : {"1080:5000000", "720:2500000", "480:1200000", "360:600000"})
            arguments.rungs.push_back(parse_rung(rung));
    return arguments;
}

struct Source {
    media::TrackSetRef tracks;
    std::vector<media::Packet> packets;
};

/// The pictures of the file, with boundaries at keyframes as a stream with segments of six seconds flags them.
Source read_source(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    format::mp4::Reader reader;
    reader.receive(base::as_bytes(bytes));
    Source source;
    Ticks next;
    while (true) {
        auto event = reader.next();
        if (!event) die(event.error().text);
        if (!*event) break;
        if (auto* tracks = std::get_if<media::TrackSetRef>(&**event)) source.tracks = *tracks;
        auto* packet = std::get_if<media::Packet>(&**event);
        if (packet == nullptr || packet->track != media::video_track_id) continue;
        if (packet->keyframe && packet->pts >= next) {
            packet->segment_boundary = true;
            next = packet->pts + Ticks::seconds(6);
        }
        source.packets.push_back(std::move(*packet));
    }
    if (source.packets.empty()) die("there are no pictures in the file: is it a fragmented MP4?");
    return source;
}

void send(int socket, const relay::Message& message) {
    for (const base::Bytes& part : relay::write(message)) {
        base::ByteView rest = part;
        while (!rest.empty()) {
            const ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent <= 0) die("the worker has gone");
            rest = rest.subspan(static_cast<std::size_t>(sent));
        }
    }
}

/// What comes back, until Drained.
class Collector {
  public:
    explicit Collector(const Arguments& arguments) {
        for (const relay::RungSetup& rung : arguments.rungs)
            rungs_.push_back(
                Rung{std::ofstream(arguments.out + "/" + rung.name + ".h264", std::ios::binary), 0, 0, {}, {}, {}});
    }
    void sent(Ticks pts) {
        const std::lock_guard lock(mutex_);
        sent_[pts] = Clock::now();
    }
    /// What comes from here on was not completed by a picture.
    void drains() {
        const std::lock_guard lock(mutex_);
        is_draining_ = true;
    }
    void run(int socket) {
        relay::Reader reader;
        std::vector<std::uint8_t> bytes(1 << 18);
        while (true) {
            const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
            if (count <= 0) die("the worker has gone");
            reader.receive({bytes.data(), static_cast<std::size_t>(count)});
            while (true) {
                const auto message = reader.next();
                if (!message) die(message.error().text);
                if (!*message) break;
                if (std::holds_alternative<relay::Drained>(**message)) return;
                take(**message);
            }
        }
    }
    /// What each of the worker's threads has taken so far, by its name: while it runs.
    void look(pid_t worker) {
        for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", worker))) {
            std::string name;
            std::uint64_t nanoseconds = 0;
            std::ifstream comm(task.path() / "comm");
            std::getline(comm, name);
            std::ifstream(task.path() / "schedstat") >> nanoseconds;
            stages_[name == "weir-worker" ? "everything else" : name] += static_cast<double>(nanoseconds) / 1e6;
        }
    }
    void print(double seconds, std::size_t frames, const rusage& usage) {
        fmt::print(
            "{{\"seconds\":{:.3f},\"frames\":{},\"fps\":{:.2f},\"cpu_ms_per_frame\":{:.2f},\"memory_mib\":{:.1f}",
            seconds, frames, static_cast<double>(frames) / seconds, cpu_ms(usage) / static_cast<double>(frames),
            static_cast<double>(usage.ru_maxrss) / 1024);
        fmt::print(",\"lag_ms\":{},\"dropped\":{},\"stills\":{},\"rungs\":[", most_lag_, dropped_, stills_);
        for (std::size_t i = 0; i < rungs_.size(); ++i) {
            Rung& rung = rungs_[i];
            const auto inputs = inputs_of(rung);
            const std::size_t ahead = look_ahead(rung, inputs);
            fmt::print("{}{{\"frames\":{},\"bytes\":{},\"latency_ms\":{},\"look_ahead\":{},\"added_ms\":{}}}",
                       i == 0 ? "" : ",", rung.frames, rung.bytes, percentiles(rung.latencies), ahead,
                       percentiles(added(rung, inputs, ahead)));
        }
        fmt::print("],\"cpu_ms_by_stage\":{{");
        const char* comma = "";
        for (const auto& [name, ms] : stages_)
            fmt::print("{}\"{}\":{:.3f}", std::exchange(comma, ","), name, ms / static_cast<double>(frames));
        fmt::print("}}}}\n");
    }

  private:
    struct Rung {
        std::ofstream file;
        std::size_t frames;
        std::size_t bytes;
        std::vector<double> latencies;
        std::vector<Clock::time_point> arrivals;  ///< of packets that a picture completed
        std::set<Ticks> pictures;                 ///< of all packets
    };
    static double cpu_ms(const rusage& usage) {
        const auto ms = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
        };
        return ms(usage.ru_utime) + ms(usage.ru_stime);
    }
    static std::string percentiles(std::vector<double> values) {
        std::ranges::sort(values);
        const auto at = [&](std::size_t percent) {
            return values.empty() ? 0.0 : values[(values.size() - 1) * percent / 100];
        };
        return fmt::format("{{\"p50\":{:.1f},\"p99\":{:.1f}}}", at(50), at(99));
    }
    /// When the pictures that the rung's encoder was given were sent, in their order: all of them come out, and what was dropped does not.
    [[nodiscard]] std::vector<Clock::time_point> inputs_of(const Rung& rung) const {
        std::vector<Clock::time_point> times;
        times.reserve(rung.pictures.size());
        for (const Ticks pts : rung.pictures) times.push_back(sent_.at(pts));
        return times;
    }
    static std::size_t look_ahead(const Rung& rung, const std::vector<Clock::time_point>& inputs) {
        std::size_t least = rung.arrivals.empty() ? 0 : SIZE_MAX;
        for (std::size_t n = 0; n < rung.arrivals.size(); ++n) {
            const auto sent = std::ranges::upper_bound(inputs, rung.arrivals[n]) - inputs.begin();
            least = std::min(least, static_cast<std::size_t>(sent) - n - 1);
        }
        return least;
    }
    static std::vector<double> added(const Rung& rung, const std::vector<Clock::time_point>& inputs,
                                     std::size_t ahead) {
        std::vector<double> times;
        for (std::size_t n = 0; n < rung.arrivals.size() && n + ahead < inputs.size(); ++n)
            times.push_back(std::chrono::duration<double, std::milli>(rung.arrivals[n] - inputs[n + ahead]).count());
        return times;
    }
    void take(const relay::Message& message) {
        if (const auto* remark = std::get_if<relay::Remark>(&message)) fmt::print(stderr, "worker: {}\n", remark->text);
        if (const auto* report = std::get_if<relay::Report>(&message)) {
            most_lag_ = std::max(most_lag_, report->lag);
            dropped_ = report->dropped;
        }
        if (const auto* still = std::get_if<relay::Still>(&message)) stills_ += still->jpeg.empty() ? 0 : 1;
        if (const auto* tracks = std::get_if<relay::Tracks>(&message)) write_header(*tracks);
        if (const auto* media = std::get_if<relay::Media>(&message)) write_packet(*media);
    }
    void write_header(const relay::Tracks& tracks) {
        const auto config = media::h264::parse_config(tracks.tracks->tracks.front().config);
        base::ByteWriter out;
        for (const auto* units : {&config->sps, &config->pps})
            for (const base::Bytes& unit : *units) {
                out.u32(1);
                out.bytes(unit);
            }
        rungs_[tracks.rendition - 1U].file << base::as_text(out.view());
    }
    void write_packet(const relay::Media& media) {
        Rung& rung = rungs_[media.rendition - 1U];
        ++rung.frames;
        rung.bytes += media.packet.payload.size();
        base::ByteWriter out;
        (void)media::nal::write_annex_b(media.packet.payload, out);
        rung.file << base::as_text(out.view());
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        rung.latencies.push_back(std::chrono::duration<double, std::milli>(now - sent_[media.packet.pts]).count());
        if (!is_draining_) rung.arrivals.push_back(now);
        rung.pictures.insert(media.packet.pts);
    }

    std::vector<Rung> rungs_;
    std::map<std::string, double> stages_;
    std::mutex mutex_;
    std::map<Ticks, Clock::time_point> sent_;
    bool is_draining_ = false;
    std::uint32_t most_lag_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t stills_ = 0;
};

pid_t spawn(const std::string& worker, int socket) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const std::string descriptor = fmt::format("{}", socket);
    ::execl(worker.c_str(), "weir-worker", "relay", descriptor.c_str(), nullptr);
    std::_Exit(127);
}

void feed(int socket, const Source& source, Collector& collector, const Arguments& arguments) {
    send(socket, relay::Tracks{relay::source, source.tracks});
    const auto start = Clock::now();
    const Ticks first = source.packets.front().dts;
    for (const media::Packet& packet : source.packets) {
        if (arguments.live) std::this_thread::sleep_until(start + (packet.dts - first).to_duration());
        if (arguments.stills) send(socket, relay::WantStill{.width = 320});
        collector.sent(packet.pts);
        send(socket, relay::Media{relay::source, packet});
    }
    collector.drains();
    send(socket, relay::Drain{});
}

}  // namespace

int main(int count, char** values) {
    const Arguments arguments = parse({values + 1, values + count});
    const Source source = read_source(arguments.file);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) die("there is no socket pair");
    const pid_t worker = spawn(arguments.worker, ends[1]);
    ::close(ends[1]);
    Collector collector(arguments);
    const auto start = Clock::now();
    send(ends[0], relay::Hello{.program = "ladder"});
    send(ends[0], relay::Setup{.rungs = arguments.rungs,
                               .keyframe = Ticks::seconds(2),
                               .low_latency = arguments.low,
                               .memory = std::uint64_t{600} << 20,
                               .cores = arguments.cores,
                               .live = arguments.live});
    std::thread collecting([&] { collector.run(ends[0]); });
    feed(ends[0], source, collector, arguments);
    collecting.join();
    collector.look(worker);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    ::close(ends[0]);
    rusage usage{};
    ::wait4(worker, nullptr, 0, &usage);
    collector.print(seconds, source.packets.size(), usage);
    return 0;
}
