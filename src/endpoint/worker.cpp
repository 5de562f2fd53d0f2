#include "endpoint/worker.hpp"

#include "base/clock.hpp"
#include "format/relay.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <deque>
#include <random>
#include <variant>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace relay = format::relay;

namespace {

constexpr std::size_t most_runs = 64;  ///< slices of one gathered write

std::uint32_t random_seed() {
    thread_local std::mt19937 random(std::random_device{}());
    return static_cast<std::uint32_t>(random());
}

}  // namespace

// One process and its socket. Operations in flight keep it alive after its owner has let go of it.
struct WorkerTranscoder::Link {
    WorkerTranscoder* owner = nullptr;  ///< null once it is of no interest any more
    std::unique_ptr<net::Process> process;
    relay::Reader reader;
    std::array<std::uint8_t, input_size> input{};
    bool is_held_back = false;  ///< not read, since there is no memory for what it says
    std::deque<base::Bytes> unsent;
    std::size_t unsent_bytes = 0;
    base::MemoryCharge records;  ///< of `unsent`, besides payloads
    bool is_waiting = false;     ///< for the socket to take more
    bool is_congested = false;
    std::uint32_t complaints = 0;  ///< lines of its standard error

    [[nodiscard]] asio::local::stream_protocol::socket& socket() const noexcept { return process->socket(); }

    static void read(const std::shared_ptr<Link>& self) {
        self->socket().async_wait(asio::socket_base::wait_read, [self](boost::system::error_code error) {
            if (self->owner == nullptr) return;
            self->is_held_back = self->owner->is_memory_full();
            if (self->is_held_back) return;
            const base::Now now = base::read_clocks();
            const std::size_t count = error ? 0 : self->socket().read_some(asio::buffer(self->input), error);
            if (error == asio::error::would_block) return read(self);
            // A worker that has closed is about to end, or is ended: `exited` follows.
            if (error) return self->owner->supervisor_.broken("it closed its socket", now), self->owner->drain(now);
            self->owner->receive({self->input.data(), count}, now);
            if (self->owner != nullptr) read(self);
        });
    }

    /// As much as the socket takes now; the rest when it takes more.
    static void write(const std::shared_ptr<Link>& self) {
        if (self->is_waiting) return;
        boost::system::error_code error;
        while (!self->unsent.empty() && !error) self->write_some(error);
        self->records.set(self->unsent.size() * sizeof(base::Bytes));
        if (error != asio::error::would_block) return;  // another error is the reader's to tell
        self->is_waiting = true;
        self->socket().async_wait(asio::socket_base::wait_write, [self](boost::system::error_code failed) {
            self->is_waiting = false;
            if (failed || self->owner == nullptr) return;
            write(self);
            self->judge();
        });
    }

    void write_some(boost::system::error_code& error) {
        std::vector<asio::const_buffer> runs;
        for (std::size_t i = 0; i < std::min(most_runs, unsent.size()); ++i)
            runs.emplace_back(unsent[i].data(), unsent[i].size());
        std::size_t sent = socket().write_some(runs, error);
        unsent_bytes -= sent;
        for (; !unsent.empty() && sent >= unsent.front().size(); unsent.pop_front()) sent -= unsent.front().size();
        if (sent > 0) unsent.front() = unsent.front().slice(sent);
    }

    /// Tells the supervisor when too much waits, and when little does again.
    void judge() {
        const std::size_t limit = owner->settings_.limits.unsent.bytes();
        if (is_congested ? unsent_bytes > limit / 2 : unsent_bytes <= limit) return;
        is_congested = !is_congested;
        if (is_congested) owner->counts_.congestions.add();
        owner->supervisor_.congested(is_congested);
    }
};

WorkerTranscoder::WorkerTranscoder(Settings settings, net::Shard& shard, stream::RungSink& sink, WorkerCounts& counts)
    : settings_(std::move(settings)),
      shard_(shard),
      sink_(sink),
      counts_(counts),
      supervisor_(settings_.choice.plan, settings_.choice.setup, settings_.version, settings_.supervisor,
                  random_seed()) {}

WorkerTranscoder::~WorkerTranscoder() { close_link(); }

void WorkerTranscoder::write(const stream::Entry& entry, base::Now now) {
    if (settings_.choice.setup.rungs.empty()) return;
    supervisor_.write(entry, now);
    drain(now);
}

void WorkerTranscoder::flush(base::Now now) {
    supervisor_.flush(now);
    drain(now);
}

void WorkerTranscoder::tick(base::Now now) {
    if (link_ != nullptr && link_->is_held_back) {
        if (is_memory_full()) supervisor_.unread(now);
        else link_->is_held_back = false, Link::read(link_);
    }
    supervisor_.tick(now);
    drain(now);
}

bool WorkerTranscoder::want_still(base::Now now) {
    const bool is_asked = supervisor_.want_still();
    drain(now);
    return is_asked;
}

stream::TranscoderStats WorkerTranscoder::stats() const { return supervisor_.stats(); }

// Carrying out one event may bring about others (the sink writes to the stream, whose packets come here): they follow in their turn.
void WorkerTranscoder::drain(base::Now now) {
    if (std::exchange(is_draining_, true)) return;
    while (auto event = supervisor_.next_event()) std::visit([&](auto& one) { act(one, now); }, *event);
    is_draining_ = false;
    if (link_ == nullptr) return;
    Link::write(link_);
    link_->judge();
}

void WorkerTranscoder::act(transcode::Spawn&, base::Now now) {
    auto link = std::make_shared<Link>();
    const std::array<std::string, 3> arguments{settings_.program, "relay",
                                               std::to_string(net::Process::child_descriptor)};
    auto process = net::Process::spawn(shard_.context(), settings_.program, arguments,
                                       {.exited =
                                            [this](std::string_view how) {
                                                const base::Now then = base::read_clocks();
                                                close_link();
                                                supervisor_.exited(how, then);
                                                drain(then);
                                            },
                                        .said =
                                            [this, link = link.get()](std::string_view line) {
                                                counts_.complaints.add();
                                                if (link->complaints++ >= settings_.limits.complaints) return;
                                                settings_.log.warning("the worker complains", {{"line", line}});
                                            }});
    if (!process) {
        settings_.log.error("no worker", {{"program", settings_.program}, {"error", process.error()}});
        supervisor_.exited(process.error().text, now);
        return;
    }
    link->owner = this;
    link->process = std::move(*process);
    link_ = std::move(link);
    counts_.running.add();
    counts_.started.add();
    supervisor_.congested(false);
    supervisor_.spawned(link_->process->pid(), now);
    Link::read(link_);
}

void WorkerTranscoder::act(transcode::Kill& kill, base::Now) {
    if (link_ == nullptr) return;
    settings_.log.warning("the worker is ended", {{"pid", link_->process->pid()}, {"reason", kill.reason}});
    link_->process->kill();
}

void WorkerTranscoder::act(transcode::Send& send, base::Now) {
    if (link_ == nullptr) return;
    for (base::Bytes& bytes : relay::write(send.message)) {
        link_->unsent_bytes += bytes.size();
        link_->unsent.push_back(std::move(bytes));
    }
}

void WorkerTranscoder::act(transcode::RungPacket& packet, base::Now now) {
    sink_.write_rung(packet.rung, std::move(packet.packet), std::move(packet.tracks), now);
}

void WorkerTranscoder::act(transcode::RungInterrupted& interrupted, base::Now now) {
    sink_.interrupt_rung(interrupted.rung, now);
}

void WorkerTranscoder::act(transcode::StillMade& made, base::Now now) {
    sink_.take_still(
        {.width = made.still.width, .height = made.still.height, .jpeg = std::move(made.still.jpeg), .taken = {}}, now);
}

void WorkerTranscoder::act(transcode::Remark& remark, base::Now) {
    settings_.log.write(remark.level, "of the ladder", {{"remark", remark.text}});
}

void WorkerTranscoder::receive(base::ByteView bytes, base::Now now) {
    const std::shared_ptr<Link> link = link_;
    link->reader.receive(bytes);
    while (link->owner != nullptr) {
        auto message = link->reader.next();
        if (!message) {
            supervisor_.broken(message.error().text, now);
        } else if (*message) {
            supervisor_.receive(std::move(**message), now);
            drain(now);
            continue;
        }
        break;
    }
    if (link->owner != nullptr) drain(now);
}

// What still happens to the process is of no interest: it is killed where it still runs, and reaped.
void WorkerTranscoder::close_link() noexcept {
    if (link_ == nullptr) return;
    link_->owner = nullptr;
    link_->process.reset();
    link_.reset();
    counts_.running.subtract();
}

}  // namespace weir::endpoint
