// A worker by itself, to be measured beside other encoders: ladder WORKER FILE FOLDER [--paced] [--low] sends the picture of FILE
// through it and writes FOLDER/RUNG.flv. Without --paced as fast as it goes, else in real time. Prints one line of JSON: frames,
// seconds, what each of the worker's threads took, its peak memory, and per rung bytes and latency from packet to packet.
#include "app/media_file.hpp"
#include "base/clock.hpp"
#include "format/flv_serializer.hpp"
#include "format/relay.hpp"
#include "net/process.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;
namespace relay = weir::format::relay;
using namespace weir;

namespace {

// Frames sent beyond the slowest rung's newest: more than any encoder looks ahead, so that it always has work, and few enough
// that nothing in it waits for long.
constexpr std::size_t most_ahead = 64;
constexpr media::Ticks boundary_interval = media::Ticks::milliseconds(1900);

struct Options {
    std::string worker;
    std::string file;
    std::filesystem::path folder;
    bool paced = false;
    bool low = false;
};

struct Rung {
    relay::RungSetup setup;
    std::ofstream file;
    format::flv::StreamWriter writer{{}};
    base::SlabWriter out{1U << 20};
    media::TrackSetRef tracks;
    bool begun = false;
    std::size_t frames = 0;
    std::size_t bytes = 0;
    std::vector<double> latencies{};  ///< milliseconds
};

std::vector<relay::RungSetup> standard_rungs() {
    const auto rung = [](const char* name, std::uint32_t width, std::uint32_t height, std::uint64_t bitrate) {
        return relay::RungSetup{
            .name = name, .codec = "h264", .width = width, .height = height, .bitrate = bitrate, .preset = "veryfast"};
    };
    return {rung("1080p", 1920, 1080, 5'000'000), rung("720p", 1280, 720, 2'500'000), rung("480p", 854, 480, 1'200'000),
            rung("360p", 640, 360, 600'000)};
}

class Run {
  public:
    Run(Options options, app::MediaFile file) : options_(std::move(options)), file_(std::move(file)), timer_(context_) {
        for (relay::RungSetup& setup : standard_rungs()) {
            std::ofstream to(options_.folder / (setup.name + ".flv"), std::ios::binary);
            rungs_.push_back({.setup = std::move(setup), .file = std::move(to), .tracks = {}});
        }
    }

    int run() {
        const std::vector<std::string> arguments{options_.worker, "relay",
                                                 std::to_string(net::Process::child_descriptor)};
        auto process = net::Process::spawn(
            context_, options_.worker, arguments,
            {.exited = [this](std::string_view how) { fail(std::string("the worker ") + std::string(how)); },
             .said =
                 [](std::string_view line) {
                     std::fprintf(stderr, "worker: %.*s\n", static_cast<int>(line.size()), line.data());
                 }});
        if (!process) return std::fprintf(stderr, "ladder: %s\n", std::string(process.error().text).c_str()), 1;
        process_ = std::move(*process);
        relay::Setup setup{.keyframe = media::Ticks::milliseconds(2000),
                           .low_latency = options_.low,
                           .memory = std::uint64_t{2} << 30,
                           .live = options_.paced};
        for (const Rung& rung : rungs_) setup.rungs.push_back(rung.setup);
        send(relay::Hello{.program = "ladder"});
        send(setup);
        began_ = base::read_clocks().instant;
        read();
        feed();
        context_.run();
        return failed_ ? 1 : 0;
    }

  private:
    void fail(const std::string& why) {
        std::fprintf(stderr, "ladder: %s\n", why.c_str());
        failed_ = true;
        context_.stop();
    }

    void send(const relay::Message& message) {
        for (base::Bytes& bytes : relay::write(message)) unsent_.push_back(std::move(bytes));
        if (unsent_.size() > 0 && !is_writing_) flush();
    }

    void flush() {
        boost::system::error_code error;
        while (!unsent_.empty()) {
            const base::Bytes& first = unsent_.front();
            const std::size_t sent = process_->socket().write_some(asio::buffer(first.data(), first.size()), error);
            if (error) break;
            if (sent == first.size()) unsent_.pop_front();
            else unsent_.front() = first.slice(sent);
        }
        is_writing_ = error == asio::error::would_block;
        if (is_writing_) process_->socket().async_wait(asio::socket_base::wait_write, [this](auto) { flush(); });
        else if (error) fail("the worker takes no more");
        else if (!is_fed_ && !options_.paced) asio::post(context_, [this] { feed(); });
    }

    // The next frames of the file, as many as may be under way.
    void feed() {
        while (!is_fed_ && !is_writing_) {
            if (!next_ && !(next_ = next_picture())) {
                is_fed_ = true;
                send(relay::Drain{});
                return;
            }
            if (options_.paced && wait_for_its_time()) return;
            if (!options_.paced && sent_.size() >= most_ahead + oldest_output()) return;
            send_picture(std::move(*std::exchange(next_, std::nullopt)));
        }
    }

    std::optional<media::Packet> next_picture() {
        while (true) {
            auto event = file_.next();
            if (!event) return fail(std::string(event.error().text)), std::nullopt;
            if (!*event) return std::nullopt;
            if (auto* track = std::get_if<media::Track>(&**event)) {
                if (track->kind != media::Kind::video) continue;
                auto tracks = std::make_shared<media::TrackSet>();
                tracks->tracks.push_back(*track);
                send(relay::Tracks{.rendition = relay::source, .tracks = std::move(tracks)});
                video_ = track->id;
            } else if (auto& packet = std::get<media::Packet>(**event); packet.track == video_) {
                return std::move(packet);
            }
        }
    }

    bool wait_for_its_time() {
        if (!first_dts_) first_dts_ = next_->dts;
        const base::Instant due = began_ + (next_->dts - *first_dts_).to_duration();
        if (base::read_clocks().instant >= due) return false;
        timer_.expires_at(due);
        timer_.async_wait([this](auto error) {
            if (!error) feed();
        });
        return true;
    }

    void send_picture(media::Packet packet) {
        packet.segment_boundary = packet.keyframe && (!boundary_ || packet.pts - *boundary_ >= boundary_interval);
        if (packet.segment_boundary) boundary_ = packet.pts;
        sent_[packet.pts] = base::read_clocks().instant;
        send(relay::Media{.rendition = relay::source, .packet = std::move(packet)});
    }

    [[nodiscard]] std::size_t oldest_output() const {
        std::size_t fewest = SIZE_MAX;
        for (const Rung& rung : rungs_) fewest = std::min(fewest, rung.frames);
        return fewest;
    }

    void read() {
        process_->socket().async_wait(asio::socket_base::wait_read, [this](auto failed) {
            boost::system::error_code error = failed;
            const std::size_t count = error ? 0 : process_->socket().read_some(asio::buffer(input_), error);
            if (error == asio::error::would_block) return read();
            if (error) return fail("the worker closed");
            reader_.receive({input_.data(), count});
            if (take()) read();
        });
    }

    bool take() {
        while (true) {
            auto message = reader_.next();
            if (!message) return fail(std::string(message.error().text)), false;
            if (!*message) break;
            if (auto* tracks = std::get_if<relay::Tracks>(&**message))
                rungs_[tracks->rendition - 1U].tracks = tracks->tracks;
            else if (auto* media = std::get_if<relay::Media>(&**message))
                take(rungs_[media->rendition - 1U], media->packet);
            else if (const auto* remark = std::get_if<relay::Remark>(&**message))
                std::fprintf(stderr, "worker: %s\n", remark->text.c_str());
            else if (const auto* report = std::get_if<relay::Report>(&**message)) dropped_ = report->dropped;
            else if (std::holds_alternative<relay::Drained>(**message)) return finish(), false;
        }
        if (!options_.paced) feed();
        return true;
    }

    void take(Rung& rung, const media::Packet& packet) {
        if (const auto sent = sent_.find(packet.pts); sent != sent_.end())
            rung.latencies.push_back(
                std::chrono::duration<double, std::milli>(base::read_clocks().instant - sent->second).count());
        ++rung.frames;
        rung.bytes += packet.payload.size();
        if (!std::exchange(rung.begun, true)) {
            rung.writer.begin(*rung.tracks, rung.out);
            rung.writer.tracks(*rung.tracks, packet.dts, rung.out);
        }
        rung.writer.write(packet, *rung.tracks->first(media::Kind::video), rung.out);
        for (const base::Bytes& bytes : rung.out.take())
            rung.file.write(static_cast<const char*>(static_cast<const void*>(bytes.data())),
                            static_cast<std::streamsize>(bytes.size()));
    }

    void finish() {
        const double seconds = std::chrono::duration<double>(base::read_clocks().instant - began_).count();
        json::object rungs;
        for (Rung& rung : rungs_) {
            rung.file.close();
            std::ranges::sort(rung.latencies);
            const auto at = [&](double share) {
                return rung.latencies.empty() ? 0.0
                                              : rung.latencies[static_cast<std::size_t>(
                                                    share * static_cast<double>(rung.latencies.size() - 1))];
            };
            rungs[rung.setup.name] = {
                {"frames", rung.frames}, {"bytes", rung.bytes}, {"p50", at(0.5)}, {"p99", at(0.99)}};
        }
        const json::object result{{"frames", sent_.size()}, {"seconds", seconds},    {"dropped", dropped_},
                                  {"peak", peak_memory()},  {"cpu", thread_times()}, {"rungs", std::move(rungs)}};
        std::puts(json::serialize(result).c_str());
        context_.stop();
    }

    [[nodiscard]] std::string folder_of_process() const { return "/proc/" + std::to_string(process_->pid()); }

    /// CPU seconds by the names of the worker's threads.
    [[nodiscard]] json::object thread_times() const {
        std::map<std::string, double> times;
        for (const auto& task : std::filesystem::directory_iterator(folder_of_process() + "/task")) {
            std::string name;
            std::uint64_t nanoseconds = 0;
            std::getline(std::ifstream(task.path() / "comm"), name);
            std::ifstream(task.path() / "schedstat") >> nanoseconds;
            times[name] += static_cast<double>(nanoseconds) / 1e9;
        }
        json::object object;
        for (const auto& [name, time] : times) object[name] = time;
        return object;
    }

    [[nodiscard]] std::uint64_t peak_memory() const {
        std::ifstream status(folder_of_process() + "/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
        return 0;
    }

    Options options_;
    app::MediaFile file_;
    asio::io_context context_{1};
    asio::steady_timer timer_;
    std::unique_ptr<net::Process> process_;
    relay::Reader reader_;
    std::vector<Rung> rungs_;
    std::array<std::uint8_t, 256U << 10> input_{};
    std::deque<base::Bytes> unsent_;
    std::map<media::Ticks, base::Instant> sent_;  ///< by presentation time
    std::optional<media::Packet> next_;
    std::optional<media::Ticks> first_dts_;
    std::optional<media::Ticks> boundary_;
    base::Instant began_;
    std::uint32_t video_ = 0;
    std::uint64_t dropped_ = 0;
    bool is_writing_ = false;
    bool is_fed_ = false;
    bool failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return std::fputs("ladder WORKER FILE FOLDER [--paced] [--low]\n", stderr), 2;
    Options options{.worker = argv[1], .file = argv[2], .folder = argv[3]};
    for (int i = 4; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--paced") options.paced = true;
        if (std::string_view(argv[i]) == "--low") options.low = true;
    }
    auto file = app::MediaFile::open(options.file);
    if (!file) return std::fprintf(stderr, "ladder: %s\n", std::string(file.error().text).c_str()), 1;
    return Run(std::move(options), std::move(*file)).run();
}
