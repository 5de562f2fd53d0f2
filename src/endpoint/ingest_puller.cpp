#include "endpoint/ingest_puller.hpp"

#include "config/source_address.hpp"
#include "format/relay.hpp"
#include "media/track_config.hpp"
#include "net/process.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace relay = format::relay;
using base::ErrorKind;
using base::Result;

namespace {

constexpr std::size_t input_size = 64U << 10;
/// The worker's times are Ticks.
constexpr stream::WireClock clock_of_ticks{.timescale = media::Ticks::per_second, .bits = 48};
constexpr std::uint64_t clock_mask = (std::uint64_t{1} << clock_of_ticks.bits) - 1;
constexpr std::uint32_t largest_side = 16384;  ///< pixels
constexpr base::Duration last_words = std::chrono::milliseconds(200);

Result<relay::Fetch> fetch_of(const PullRequest& request, const IngestSettings& settings) {
    relay::Fetch fetch{.folder = settings.folder,
                       .connect = media::Ticks::from(request.connect),
                       .silence = media::Ticks::from(request.silence),
                       .memory = settings.memory.bytes()};
    if (config::is_file_source(request.url)) fetch.files = TRY(config::files_of(request.url));
    else fetch.url = request.url;
    for (const base::IpNetwork& network : request.addresses.networks())
        if (fetch.networks.size() < relay::Limits{}.texts) fetch.networks.push_back(base::print_ip_network(network));
    return fetch;
}

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

class IngestPuller final : public Puller {
  public:
    IngestPuller(const IngestSurroundings& around, IngestCounts& counts, PullRequest request, PullSink& sink,
                 net::Shard& shard)
        : around_(around), counts_(counts), request_(std::move(request)), sink_(sink), shard_(shard) {}
    ~IngestPuller() override { let_go(); }
    IngestPuller(const IngestPuller&) = delete;
    IngestPuller& operator=(const IngestPuller&) = delete;

    void start(const IngestSettings& settings) {
        link_ = std::make_shared<Link>(shard_.context());
        link_->owner = this;
        auto fetch = fetch_of(request_, settings);
        auto process = fetch ? spawn() : std::unexpected(fetch.error());
        if (!process) return fail_soon({process.error().kind, std::string(process.error().text)});
        link_->process = *std::move(process);
        counts_.started.add();
        counts_.running.add();
        is_counted_ = true;
        const std::array<relay::Message, 2> words{relay::Hello{.program = around_.version}, *std::move(fetch)};
        for (const relay::Message& message : words)
            for (base::Bytes& bytes : relay::write(message)) link_->words.push_back(std::move(bytes));
        Link::write(link_);
        asio::co_spawn(shard_.context(), Link::read(link_), asio::detached);
        asio::co_spawn(shard_.context(), Link::watch(link_), asio::detached);
    }

  private:
    /// Operations in flight keep it alive after its puller has gone.
    struct Link {
        explicit Link(asio::io_context& context) : pause(context), watching(context) {}

        IngestPuller* owner = nullptr;
        std::unique_ptr<net::Process> process;
        std::vector<base::Bytes> words;
        relay::Reader reader;
        std::array<std::uint8_t, input_size> input{};
        asio::steady_timer pause;
        asio::steady_timer watching;
        base::Instant heard = base::read_clocks().instant;
        bool has_connected = false;

        static void write(const std::shared_ptr<Link>& self) {
            std::vector<asio::const_buffer> runs;
            for (const base::Bytes& bytes : self->words) runs.emplace_back(bytes.data(), bytes.size());
            asio::async_write(self->process->socket(), runs, [self](boost::system::error_code, std::size_t) {});
        }

        static asio::awaitable<void> read(std::shared_ptr<Link> self) {
            while (self->owner != nullptr) {
                boost::system::error_code error;
                const std::size_t count =
                    co_await self->process->socket().async_read_some(asio::buffer(self->input), redirect(error));
                if (self->owner == nullptr) co_return;
                self->heard = base::read_clocks().instant;
                // How the process ended is known in a moment, and says more.
                if (error) co_return self->owner->fail_soon({ErrorKind::closed, "the worker fell silent"});
                const base::Duration pause = self->owner->receive({self->input.data(), count});
                if (self->owner == nullptr || pause <= base::Duration::zero()) continue;
                self->pause.expires_after(pause);
                co_await self->pause.async_wait(redirect(error));
                self->heard = base::read_clocks().instant;
            }
        }

        /// A worker keeps its own time; one that hangs does not.
        static asio::awaitable<void> watch(std::shared_ptr<Link> self) {
            while (self->owner != nullptr) {
                boost::system::error_code error;
                self->watching.expires_after(std::chrono::seconds(1));
                co_await self->watching.async_wait(redirect(error));
                if (self->owner == nullptr) co_return;
                const PullRequest& request = self->owner->request_;
                const base::Duration patience = self->has_connected ? request.silence : request.connect;
                if (base::read_clocks().instant - self->heard > patience + self->owner->around_.limits.overdue)
                    co_return self->owner->end({ErrorKind::timed_out, "the worker hangs"});
            }
        }
    };

    Result<std::unique_ptr<net::Process>> spawn() {
        const std::array<std::string, 3> arguments{around_.program, "ingest",
                                                   std::to_string(net::Process::child_descriptor)};
        return net::Process::spawn(shard_.context(), around_.program, arguments,
                                   {.exited = [this](std::string_view how) { exited(how); },
                                    .said = [this](std::string_view line) { complain(line); }});
    }

    void exited(std::string_view how) {
        // What it said last may still be in the socket.
        end_ = PullEnd{ErrorKind::internal, "the worker was lost: " + std::string(how)};
        fail_soon(*end_);
    }

    void complain(std::string_view line) {
        counts_.complaints.add();
        if (complaints_++ < around_.limits.complaints)
            request_.log.warning("the fetching worker complains", {{"line", line}});
    }

    base::Duration receive(base::ByteView bytes) {
        link_->reader.receive(bytes);
        const std::shared_ptr<Link> link = link_;
        while (link->owner != nullptr) {
            auto message = link->reader.next();
            if (!message) return end({ErrorKind::internal, "the worker talks nonsense"}), base::Duration();
            if (!*message) break;
            std::visit([this](auto& one) { take(one); }, **message);
        }
        return link->owner == nullptr ? base::Duration() : sink_.read_done();
    }

    void take(relay::Connected& connected) {
        if (std::exchange(link_->has_connected, true)) return;
        sink_.connected({std::move(connected.protocol), std::move(connected.peer), std::move(connected.client)});
    }

    // What it says of a track is derived anew: the worker may have been taken over by what it reads.
    void take(relay::Tracks& tracks) {
        for (const media::Track& said : tracks.tracks->tracks) {
            auto track = media::track_from_config(said.codec, said.config);
            if (!track) {
                sink_.trouble(track.error().text);
                continue;
            }
            // Of codecs that have it in their keyframes alone.
            if (track->kind == media::Kind::video && track->width == 0) {
                track->width = std::min(said.width, largest_side);
                track->height = std::min(said.height, largest_side);
            }
            if (track->frame_rate == 0) track->frame_rate = std::clamp(said.frame_rate, 0.0, 1000.0);
            track->announced_bitrate = said.announced_bitrate;
            track->language = said.language;
            if (const media::Track* known = tracks_.find(track->id); known != nullptr && *known == *track) continue;
            std::erase_if(tracks_.tracks, [&](const media::Track& known) { return known.id == track->id; });
            tracks_.tracks.push_back(*track);
            sink_.track(*std::move(track), clock_of_ticks);
        }
    }

    void take(relay::Media& media) {
        media::Packet& packet = media.packet;
        const media::Track* track = tracks_.find(packet.track);
        if (track == nullptr || packet.payload.empty()) return;
        const auto picture = media::picture(track->codec, packet.payload);
        if (!picture) return sink_.trouble(picture.error().text);
        using enum media::nal::Picture;
        counts_.received_bytes.add(packet.payload.size());
        sink_.sample({.track = packet.track,
                      .wire_time = static_cast<std::uint64_t>(packet.dts.count()) & clock_mask,
                      .composition_offset = packet.pts - packet.dts,
                      .keyframe = *picture == idr || *picture == open_access,
                      .payload = std::move(packet.payload)});
    }

    void take(relay::Remark& remark) {
        if (complaints_++ < around_.limits.complaints)
            request_.log.write(remark.level, "of the source", {{"remark", remark.text}});
    }
    void take(relay::Over& over) { end({over.kind, std::move(over.text)}); }
    // Its greeting, and what only other workers say.
    void take(auto&) {}

    /// Not from within the factory, and not before what the socket still holds was read.
    void fail_soon(PullEnd how) {
        if (!end_) end_ = std::move(how);
        link_->pause.expires_after(last_words);
        link_->watching.cancel();
        soon_ = std::make_unique<asio::steady_timer>(shard_.context(), last_words);
        soon_->async_wait([link = link_](boost::system::error_code) {
            if (link->owner != nullptr) link->owner->end(*link->owner->end_);
        });
    }

    void end(PullEnd how) {
        let_go();
        sink_.over(std::move(how));
    }

    void let_go() noexcept {
        if (link_ == nullptr) return;
        link_->owner = nullptr;
        link_->process.reset();
        link_->pause.cancel();
        link_->watching.cancel();
        link_.reset();
        if (is_counted_) counts_.running.subtract();
    }

    const IngestSurroundings& around_;
    IngestCounts& counts_;
    const PullRequest request_;
    PullSink& sink_;
    net::Shard& shard_;
    std::shared_ptr<Link> link_;  ///< null once it is over
    std::unique_ptr<asio::steady_timer> soon_;
    std::optional<PullEnd> end_;  ///< what is known of it, before it is told
    media::TrackSet tracks_;
    std::uint32_t complaints_ = 0;
    bool is_counted_ = false;
};

}  // namespace

std::unique_ptr<Puller> start_ingest(const IngestSurroundings& around, IngestSettings settings, IngestCounts& counts,
                                     PullRequest request, PullSink& sink, net::Shard& shard) {
    auto puller = std::make_unique<IngestPuller>(around, counts, std::move(request), sink, shard);
    puller->start(settings);
    return puller;
}

}  // namespace weir::endpoint
