#include "app/watch_audience.hpp"

#include "media/clock_sei.hpp"
#include "net/tls_channel.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <utility>
#include <vector>

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::app {

namespace flv = format::flv;
using base::ErrorKind;
using base::fail;

void MediaProbe::see(flv::TagType type, std::uint32_t timestamp, const base::Bytes& body, base::Now now) {
    if (type == flv::TagType::script) return;
    const auto first = bodies_.receive(type, timestamp, body);
    if (!first) return;
    for (auto event = *first; event; event = bodies_.next()) {
        if (const auto* config = std::get_if<flv::Config>(&*event))
            if (config->track.kind == media::Kind::video) codec_ = config->track.codec;
        if (const auto* sample = std::get_if<flv::Sample>(&*event)) see(*sample, now);
    }
}

void MediaProbe::see(const flv::Sample& sample, base::Now now) {
    if (codec_ && sample.track != media::video_track_id) return;
    ++report_.frames;
    if (!std::exchange(seen_, true)) report_.first_frame.push_back(now.instant - asked_);
    if (!codec_ || !settled_) return;
    if (const auto clock = media::find_clock(*codec_, sample.payload)) report_.latency.push_back(now.wall - *clock);
}

namespace {

using namespace std::chrono_literals;

constexpr base::Duration longest_silence = 1s;   // beyond it a player of a live stream has run dry
constexpr base::Duration settling = 1s;          // what was sent before a viewer came says nothing of latency
constexpr std::size_t connecting_at_once = 256;  // a listener's queue is finite

struct Viewer {
    int socket = -1;
    bool answered = false;
    base::Instant fed;  ///< when bytes last came
    bool starving = false;
    std::unique_ptr<MediaProbe> probe;
    std::unique_ptr<Watcher> watcher;
    std::unique_ptr<net::TlsChannel> tls;  ///< null without TLS
};

class Audience {
  public:
    Audience(const WatchOptions& options, const std::string& host, const addrinfo& address, net::TlsContextRef tls,
             const MakeWatcher& make)
        : options_(options),
          host_(host),
          address_(address),
          tls_(std::move(tls)),
          make_(make),
          viewers_(options.viewers),
          poll_(::epoll_create1(EPOLL_CLOEXEC)),
          input_(256 << 10) {
        choose_probes();
    }
    ~Audience() {
        for (const Viewer& viewer : viewers_)
            if (viewer.socket >= 0) ::close(viewer.socket);
        ::close(poll_);
    }
    Audience(const Audience&) = delete;
    Audience& operator=(const Audience&) = delete;

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
        std::vector<Viewer*> all;
        all.reserve(viewers_.size());
        for (Viewer& viewer : viewers_) all.push_back(&viewer);
        std::ranges::shuffle(all, std::mt19937(std::random_device{}()));
        all.resize(std::min(all.size(), options_.probes));
        for (Viewer* viewer : all) viewer->probe = std::make_unique<MediaProbe>(report_);
    }

    void connect(Viewer& viewer, base::Now now) {
        viewer.socket = ::socket(address_.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (viewer.socket < 0) {
            ++report_.failed;
            report_.refusal = "no more sockets here: raise the limit of open files (ulimit -n)";
            return;
        }
        viewer.fed = now.instant;
        if (viewer.probe != nullptr) viewer.probe->set_asked(now.instant);
        viewer.watcher = make_(viewer.probe.get());
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
            Viewer& viewer = *static_cast<Viewer*>(event.data.ptr);
            if ((event.events & EPOLLOUT) != 0) begin(viewer);
            else read(viewer);
        }
    }

    void begin(Viewer& viewer) {
        epoll_event interest{};
        interest.events = EPOLLIN;
        interest.data.ptr = &viewer;
        ::epoll_ctl(poll_, EPOLL_CTL_MOD, viewer.socket, &interest);
        if (tls_ == nullptr) return send_output(viewer);
        sealed_.clear();
        viewer.tls = net::TlsChannel::connect(tls_, host_, sealed_);
        send(viewer, sealed_);
    }

    void send_output(Viewer& viewer) {
        const base::Bytes output = viewer.watcher->take_output();
        if (viewer.tls == nullptr || output.empty()) return send(viewer, output);
        sealed_.clear();
        viewer.tls->send(output, sealed_);
        send(viewer, sealed_);
    }

    // A viewer says little: a socket that does not take it is broken.
    void send(Viewer& viewer, base::ByteView bytes) {
        if (bytes.empty()) return;
        const ssize_t sent = ::send(viewer.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent != static_cast<ssize_t>(bytes.size())) fail_viewer(viewer, "");
    }

    // What it means; nothing yet in the handshake, or no longer when that failed.
    base::ByteView open(Viewer& viewer, base::ByteView ciphertext) {
        opened_.clear();
        sealed_.clear();
        const auto state = viewer.tls->receive(ciphertext, opened_, sealed_);
        send(viewer, sealed_);
        if (viewer.socket < 0) return {};
        if (state != net::TlsChannel::State::failed) return opened_;
        fail_viewer(viewer, "TLS failed: " + viewer.tls->failure());
        return {};
    }

    void read(Viewer& viewer) {
        const bool blind = viewer.answered && viewer.probe == nullptr;
        const ssize_t count = ::recv(viewer.socket, blind ? nullptr : input_.data(), blind ? 4 << 20 : input_.size(),
                                     MSG_DONTWAIT | (blind ? MSG_TRUNC : 0));
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) return viewer.answered ? leave(viewer) : fail_viewer(viewer, "closed without an answer");
        report_.bytes += static_cast<std::uint64_t>(count);
        const base::Now now = base::read_clocks();
        viewer.fed = now.instant;
        viewer.starving = false;
        if (blind) {
            viewer.watcher->skip(static_cast<std::size_t>(count));
        } else {
            base::ByteView bytes(input_.data(), static_cast<std::size_t>(count));
            if (viewer.tls != nullptr) bytes = open(viewer, bytes);
            if (viewer.socket >= 0 && !bytes.empty()) take(viewer, bytes, now);
        }
        const bool may_speak = viewer.tls == nullptr || viewer.tls->state() == net::TlsChannel::State::open;
        if (viewer.socket >= 0 && may_speak) send_output(viewer);
    }

    void take(Viewer& viewer, base::ByteView bytes, base::Now now) {
        using enum Watcher::State;
        if (viewer.probe != nullptr) viewer.probe->set_settled(now.instant - last_joined_ >= settling);
        const Watcher::State state = viewer.watcher->receive(bytes, now);
        if (state == failed) fail_viewer(viewer, viewer.watcher->refusal());
        if (state == ended) leave(viewer);
        if (state == watching && !std::exchange(viewer.answered, true)) {
            last_joined_ = now.instant;
            --connecting_;
        }
    }

    void fail_viewer(Viewer& viewer, std::string_view said) {
        ++report_.failed;
        if (report_.refusal.empty()) report_.refusal = said;
        close(viewer);
    }
    void leave(Viewer& viewer) {
        ++report_.closed;
        close(viewer);
    }
    void close(Viewer& viewer) {
        if (!viewer.answered) --connecting_;
        ::close(std::exchange(viewer.socket, -1));
        --open_;
    }

    void look_for_stalls(base::Instant now) {
        for (Viewer& viewer : viewers_) {
            if (viewer.socket < 0 || viewer.starving || !viewer.answered || now - viewer.fed < longest_silence)
                continue;
            viewer.starving = true;
            ++report_.stalls;
        }
    }

    const WatchOptions& options_;
    const std::string& host_;
    const addrinfo& address_;
    const net::TlsContextRef tls_;
    net::TlsBytes opened_;  ///< what came, and what is to go: while one viewer is looked after
    net::TlsBytes sealed_;
    const MakeWatcher& make_;
    WatchReport report_;
    std::vector<Viewer> viewers_;
    int poll_;
    std::vector<std::uint8_t> input_;
    std::size_t next_ = 0;
    std::size_t open_ = 0;
    std::size_t connecting_ = 0;
    base::Instant last_joined_;
};

}  // namespace

base::Result<WatchReport> watch_endless(const Authority& server, const net::TlsContextRef& tls,
                                        const WatchOptions& options, const MakeWatcher& make) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &wanted, &found) != 0)
        return fail(ErrorKind::not_found, "the host of the address is not known");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    return Audience(options, server.host, *addresses, tls, make).run();
}

}  // namespace weir::app
