// The audience of an HTTP-FLV stream. One thread and one epoll, since thousands of viewers on one core are the point: most
// viewers throw away what they receive inside the kernel; the probes among them parse it.
#include "app/watch.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_file.hpp"
#include "media/clock_sei.hpp"
#include "proto/http/response_parser.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::app {

namespace flv = format::flv;
namespace http = proto::http;
using base::ErrorKind;
using base::fail;

namespace {

using namespace std::chrono_literals;

constexpr base::Duration longest_silence = 1s;   // beyond it a player of live FLV has run dry
constexpr base::Duration settling = 1s;          // what was sent before a viewer came says nothing of latency
constexpr std::size_t connecting_at_once = 256;  // a listener's queue is finite

// What a probe reads out of the media.
class FlvProbe {
  public:
    /// False when the stream is no FLV. Latency counts once the audience has `settled`.
    bool receive(base::ByteView bytes, base::Now now, base::Instant asked, bool settled, WatchReport& report) {
        settled_ = settled;
        reader_.receive(bytes);
        while (true) {
            const auto tag = reader_.next();
            if (!tag) return false;
            if (!*tag) return true;
            if ((*tag)->type == flv::TagType::script) continue;
            const auto event = bodies_.receive((*tag)->type, (*tag)->timestamp, (*tag)->body);
            if (!event || !*event) continue;
            if (const auto* config = std::get_if<flv::Config>(&**event))
                if (config->track.kind == media::Kind::video) codec_ = config->track.codec;
            if (const auto* sample = std::get_if<flv::Sample>(&**event)) see(*sample, now, asked, report);
        }
    }

  private:
    void see(const flv::Sample& sample, base::Now now, base::Instant asked, WatchReport& report) {
        if (codec_ && sample.track != media::video_track_id) return;
        ++report.frames;
        if (!std::exchange(seen_, true)) report.first_frame.push_back(now.instant - asked);
        if (!codec_ || !settled_) return;
        if (const auto clock = media::find_clock(*codec_, sample.payload)) report.latency.push_back(now.wall - *clock);
    }

    flv::FileReader reader_;
    flv::BodyParser bodies_;
    std::optional<media::Codec> codec_;
    bool seen_ = false;
    bool settled_ = false;
};

struct FlvViewer {
    int socket = -1;
    bool answered = false;  ///< the response head is through
    base::Instant asked;
    base::Instant fed;  ///< when bytes last came
    bool starving = false;
    std::unique_ptr<http::ResponseParser> head;
    std::unique_ptr<FlvProbe> probe;
};

class FlvAudience {
  public:
    FlvAudience(const HttpUrl& url, const WatchOptions& options, const addrinfo& address)
        : options_(options),
          address_(address),
          viewers_(options.viewers),
          poll_(::epoll_create1(EPOLL_CLOEXEC)),
          request_("GET " + url.path + " HTTP/1.1\r\nHost: " + url.host + "\r\nUser-Agent: weir-watch\r\n\r\n"),
          input_(256 << 10) {
        choose_probes();
    }
    ~FlvAudience() {
        for (const FlvViewer& viewer : viewers_)
            if (viewer.socket >= 0) ::close(viewer.socket);
        ::close(poll_);
    }

    WatchReport run() {
        const base::Instant start = base::read_clocks().instant;
        base::Instant told = start;
        for (base::Now now = base::read_clocks(); now.instant - start < options_.duration; now = base::read_clocks()) {
            while (next_ < viewers_.size() && connecting_ < connecting_at_once) connect(viewers_[next_++], now);
            if (next_ == viewers_.size() && open_ == 0) break;
            wait();
            if (now.instant - told < 1s) continue;
            told = now.instant;
            look_for_stalls(now.instant);
            if (options_.progress) options_.progress(now.instant - start, report_.bytes);
        }
        report_.viewers = viewers_.size();
        report_.seconds = std::chrono::duration<double>(base::read_clocks().instant - start).count();
        return std::move(report_);
    }

  private:
    void choose_probes() {
        std::vector<FlvViewer*> all;
        all.reserve(viewers_.size());
        for (FlvViewer& viewer : viewers_) all.push_back(&viewer);
        std::ranges::shuffle(all, std::mt19937(std::random_device{}()));
        all.resize(std::min(all.size(), options_.probes));
        for (FlvViewer* viewer : all) viewer->probe = std::make_unique<FlvProbe>();
    }

    void connect(FlvViewer& viewer, base::Now now) {
        viewer.socket = ::socket(address_.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (viewer.socket < 0) {
            ++report_.failed;
            report_.refusal = "no more sockets here: raise the limit of open files (ulimit -n)";
            return;
        }
        viewer.asked = viewer.fed = now.instant;
        viewer.head = std::make_unique<http::ResponseParser>();
        viewer.head->expect(http::Method::get);
        (void)::connect(viewer.socket, address_.ai_addr, address_.ai_addrlen);
        epoll_event interest{};
        interest.events = EPOLLOUT;
        interest.data.ptr = &viewer;
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, viewer.socket, &interest);
        ++open_;
        ++connecting_;
    }

    void wait() {
        std::array<epoll_event, 512> events;
        const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 20);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            FlvViewer& viewer = *static_cast<FlvViewer*>(event.data.ptr);
            if ((event.events & EPOLLOUT) != 0) ask(viewer);
            else read(viewer);
        }
    }

    void ask(FlvViewer& viewer) {
        if (::send(viewer.socket, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) return fail_viewer(viewer, "");
        epoll_event interest{};
        interest.events = EPOLLIN;
        interest.data.ptr = &viewer;
        ::epoll_ctl(poll_, EPOLL_CTL_MOD, viewer.socket, &interest);
    }

    void read(FlvViewer& viewer) {
        const bool blind = viewer.answered && viewer.probe == nullptr;
        const ssize_t count = ::recv(viewer.socket, blind ? nullptr : input_.data(), blind ? 4 << 20 : input_.size(),
                                     MSG_DONTWAIT | (blind ? MSG_TRUNC : 0));
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) return viewer.answered ? leave(viewer) : fail_viewer(viewer, "closed without an answer");
        report_.bytes += static_cast<std::uint64_t>(count);
        const base::Now now = base::read_clocks();
        viewer.fed = now.instant;
        viewer.starving = false;
        if (blind) return;
        const base::ByteView bytes(input_.data(), static_cast<std::size_t>(count));
        if (viewer.answered) return take_media(viewer, bytes, now);
        viewer.head->receive(bytes);
        while (auto event = viewer.head->next_event()) {
            if (const auto* response = std::get_if<http::Response>(&*event)) {
                if (response->status != http::Status::ok)
                    return fail_viewer(viewer, "status " + std::to_string(static_cast<int>(response->status)));
                viewer.answered = true;
                last_joined_ = now.instant;
                --connecting_;
            } else if (const auto* body = std::get_if<http::BodyData>(&*event)) {
                if (viewer.probe != nullptr) take_media(viewer, body->bytes, now);
            } else {
                return fail_viewer(viewer, "no HTTP response");
            }
        }
        if (viewer.answered) viewer.head.reset();
    }

    void take_media(FlvViewer& viewer, base::ByteView bytes, base::Now now) {
        const bool settled = now.instant - last_joined_ >= settling;
        if (viewer.probe != nullptr && !viewer.probe->receive(bytes, now, viewer.asked, settled, report_))
            fail_viewer(viewer, "no FLV");
    }

    void fail_viewer(FlvViewer& viewer, std::string_view said) {
        ++report_.failed;
        if (report_.refusal.empty()) report_.refusal = said;
        if (!viewer.answered) --connecting_;
        close(viewer);
    }
    void leave(FlvViewer& viewer) {
        ++report_.closed;
        close(viewer);
    }
    void close(FlvViewer& viewer) {
        ::close(std::exchange(viewer.socket, -1));
        --open_;
    }

    void look_for_stalls(base::Instant now) {
        for (FlvViewer& viewer : viewers_) {
            if (viewer.socket < 0 || viewer.starving || !viewer.answered || now - viewer.fed < longest_silence)
                continue;
            viewer.starving = true;
            ++report_.stalls;
        }
    }

    const WatchOptions& options_;
    const addrinfo& address_;
    std::vector<FlvViewer> viewers_;
    int poll_;
    std::string request_;
    std::vector<std::uint8_t> input_;
    std::size_t next_ = 0;
    std::size_t open_ = 0;
    std::size_t connecting_ = 0;
    base::Instant last_joined_;
    WatchReport report_;
};

}  // namespace

base::Result<WatchReport> watch_flv(const HttpUrl& url, const WatchOptions& options) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found) != 0)
        return fail(ErrorKind::not_found, "the host of the address is not known");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    return FlvAudience(url, options, *addresses).run();
}

}  // namespace weir::app
