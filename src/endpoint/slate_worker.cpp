#include "endpoint/slate_worker.hpp"

#include "base/clock.hpp"
#include "format/relay.hpp"
#include "net/process.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>
#include <variant>
#include <vector>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace relay = format::relay;

namespace {

constexpr base::Duration first_wait = std::chrono::seconds(1);
constexpr base::Duration longest_wait = std::chrono::seconds(30);
/// A process that says nothing for so long hangs.
constexpr base::Duration patience = std::chrono::seconds(10);

/// All that the process is told, at once.
std::vector<base::Bytes> conversation(const std::string& version, base::ByteCount memory, base::Duration keyframe,
                                      const media::TrackSetRef& like) {
    relay::Setup setup;
    setup.keyframe = media::Ticks::from(keyframe);
    setup.memory = memory.bytes();
    const std::array<relay::Message, 3> messages{relay::Hello{.program = version}, std::move(setup),
                                                 relay::Tracks{.rendition = relay::source, .tracks = like}};
    std::vector<base::Bytes> all;
    for (const relay::Message& message : messages)
        for (base::Bytes& bytes : relay::write(message)) all.push_back(std::move(bytes));
    return all;
}

}  // namespace

/// One process and its socket. Operations in flight keep it alive after its owner has let go of it.
struct SlateWorker::Link {
    SlateWorker* owner = nullptr;
    std::unique_ptr<net::Process> process;
    std::vector<base::Bytes> words;
    relay::Reader reader;
    std::array<std::uint8_t, input_size> input{};
    bool is_held_back = false;  ///< not read, since there is no memory for what it says

    static void write(const std::shared_ptr<Link>& self) {
        std::vector<asio::const_buffer> runs;
        for (const base::Bytes& bytes : self->words) runs.emplace_back(bytes.data(), bytes.size());
        asio::async_write(self->process->socket(), runs, [self](boost::system::error_code, std::size_t) {});
    }
    static void read(const std::shared_ptr<Link>& self) {
        const auto* const limit = self->owner->settings_.limit;
        self->is_held_back = limit != nullptr && limit->is_full();
        if (self->is_held_back) return;
        self->process->socket().async_read_some(asio::buffer(self->input),
                                                [self](boost::system::error_code error, std::size_t count) {
                                                    if (self->owner == nullptr) return;
                                                    const base::Now now = base::read_clocks();
                                                    if (error) return self->owner->end("it closed its socket", now);
                                                    self->owner->receive({self->input.data(), count}, now);
                                                    if (self->owner != nullptr) read(self);
                                                });
    }
};

SlateWorker::SlateWorker(Settings settings, stream::Stream& stream, net::Shard& shard, SlateCounts& counts)
    : settings_(std::move(settings)),
      stream_(stream),
      shard_(shard),
      counts_(counts),
      like_(stream.tracks() != nullptr ? stream.tracks() : std::make_shared<const media::TrackSet>()),
      backoff_(first_wait, longest_wait),
      random_(std::random_device{}()) {}

SlateWorker::~SlateWorker() {
    close();
    if (publication_) stream_.leave(*publication_, "the slate is not needed any more", base::read_clocks());
}

void SlateWorker::tick(base::Now now) {
    if (link_ == nullptr) {
        if (now.instant >= next_start_) start(now);
    } else if (link_->is_held_back) {
        heard_ = now.instant;
        Link::read(link_);
    } else if (now.instant - heard_ >= patience) {
        end("it hung", now);
    }
}

void SlateWorker::start(base::Now now) {
    const std::array<std::string, 4> arguments{settings_.program, "slate",
                                               std::to_string(net::Process::child_descriptor), settings_.file};
    auto process =
        net::Process::spawn(shard_.context(), settings_.program, arguments,
                            {.exited = [this](std::string_view how) { end(how, base::read_clocks()); },
                             .said =
                                 [this](std::string_view line) {
                                     stream_.journal().warning("the slate's worker complains", {{"line", line}});
                                 }});
    if (!process) return end(process.error().text, now);
    link_ = std::make_shared<Link>();
    link_->owner = this;
    link_->process = *std::move(process);
    heard_ = now.instant;
    link_->words = conversation(settings_.version, settings_.memory, stream_.options().keyframe, like_);
    counts_.started.add();
    counts_.running.add();
    Link::write(link_);
    Link::read(link_);
}

void SlateWorker::end(std::string_view how, base::Now now) {
    const std::string reason(how);  // the process goes with its link
    close();
    const base::Duration wait = backoff_.next(std::uniform_real_distribution<double>(0.5, 1)(random_));
    next_start_ = now.instant + wait;
    stream_.journal().warning("the slate's worker ended", {{"how", reason}, {"again_in", wait}});
    if (publication_) stream_.leave(*std::exchange(publication_, {}), "the slate's worker ended", now);
}

void SlateWorker::close() noexcept {
    if (link_ == nullptr) return;
    link_->owner = nullptr;
    link_->process.reset();
    link_.reset();
    tracks_.reset();
    counts_.running.subtract();
}

void SlateWorker::receive(base::ByteView bytes, base::Now now) {
    heard_ = now.instant;
    const std::shared_ptr<Link> link = link_;
    link->reader.receive(bytes);
    while (link->owner != nullptr) {
        auto message = link->reader.next();
        if (!message) return end(message.error().text, now);
        if (!*message) return;
        if (auto* media = std::get_if<relay::Media>(&**message)) take(std::move(media->packet), now);
        else if (auto* tracks = std::get_if<relay::Tracks>(&**message)) tracks_ = std::move(tracks->tracks);
        else if (auto* remark = std::get_if<relay::Remark>(&**message))
            stream_.journal().write(remark->level, "the slate's worker", {{"says", remark->text}});
    }
}

void SlateWorker::take(media::Packet packet, base::Now now) {
    if (tracks_ == nullptr || tracks_->find(packet.track) == nullptr) return;
    if (!publication_ && !publish(now)) return;
    std::vector<stream::Item> items;
    items.push_back({std::move(packet), tracks_});
    stream_.push(*publication_, std::move(items), {}, now);
}

bool SlateWorker::publish(base::Now now) {
    const auto admitted = stream_.publish(
        {.id = "slate", .protocol = "slate", .peer = {}, .client = {}, .rank = stream::Rank::slate},
        [this](std::string_view) { publication_.reset(); }, now);
    if (!admitted) return false;
    backoff_.reset();
    publication_ = *admitted;
    return true;
}

}  // namespace weir::endpoint
