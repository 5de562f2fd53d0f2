#include "endpoint/still_worker.hpp"

#include "format/relay.hpp"
#include "net/process.hpp"
#include "transcode/limits.hpp"

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

/// All that the process is told, at once.
std::vector<base::Bytes> conversation(const stream::Entry& keyframe, const std::string& version,
                                      base::ByteCount memory) {
    relay::Setup setup;
    setup.memory = memory.bytes();
    setup.cores = 1;
    setup.live = false;
    const std::array<relay::Message, 6> messages{relay::Hello{.program = version},
                                                 std::move(setup),
                                                 relay::WantStill{.width = transcode::still_width},
                                                 relay::Tracks{.rendition = relay::source, .tracks = keyframe.tracks},
                                                 relay::Media{.rendition = relay::source, .packet = *keyframe.packet},
                                                 relay::Drain{}};
    std::vector<base::Bytes> all;
    for (const relay::Message& message : messages)
        for (base::Bytes& bytes : relay::write(message)) all.push_back(std::move(bytes));
    return all;
}

}  // namespace

class StillWorkers::Job final : public stream::StillJob {
  public:
    explicit Job(StillWorkers& workers, stream::StillSink& sink) : workers_(workers), sink_(sink) {}
    ~Job() override {
        if (link_ != nullptr) link_->owner = nullptr;
        if (link_ != nullptr) link_->process.reset();
        workers_.running_.fetch_sub(1);
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    base::Result<void> start(net::Shard& shard, std::vector<base::Bytes> words) {
        const std::string& program = workers_.settings_.program;
        const std::array<std::string, 3> arguments{program, "relay", std::to_string(net::Process::child_descriptor)};
        link_ = std::make_shared<Link>();
        link_->owner = this;
        link_->process = TRY(
            net::Process::spawn(shard.context(), program, arguments,
                                {.exited = [this](std::string_view) { answer({}); }, .said = [](std::string_view) {}}));
        link_->words = std::move(words);
        Link::write(link_);
        Link::read(link_);
        return {};
    }

  private:
    /// Operations in flight keep it alive after its job has gone.
    struct Link {
        Job* owner = nullptr;
        std::unique_ptr<net::Process> process;
        std::vector<base::Bytes> words;
        relay::Reader reader;
        std::array<std::uint8_t, 64U << 10> input{};

        static void write(const std::shared_ptr<Link>& self) {
            std::vector<asio::const_buffer> runs;
            for (const base::Bytes& bytes : self->words) runs.emplace_back(bytes.data(), bytes.size());
            asio::async_write(self->process->socket(), runs, [self](boost::system::error_code, std::size_t) {});
        }
        static void read(const std::shared_ptr<Link>& self) {
            self->process->socket().async_read_some(asio::buffer(self->input),
                                                    [self](boost::system::error_code error, std::size_t count) {
                                                        if (self->owner == nullptr) return;
                                                        if (error) return self->owner->answer({});
                                                        self->reader.receive({self->input.data(), count});
                                                        if (self->owner->hear(self->reader)) read(self);
                                                    });
        }
    };

    /// Whether there is more to hear.
    bool hear(relay::Reader& reader) {
        while (!is_answered_) {
            auto message = reader.next();
            if (!message || (*message && std::holds_alternative<relay::Drained>(**message))) answer({});
            else if (!*message) return true;
            else if (auto* still = std::get_if<relay::Still>(&**message)) answer(std::move(*still));
        }
        return false;
    }
    void answer(relay::Still still) {
        if (std::exchange(is_answered_, true)) return;
        const bool is_asked = still.width <= transcode::still_width;
        sink_.take_still({.width = still.width,
                          .height = still.height,
                          .jpeg = is_asked ? std::move(still.jpeg) : base::Bytes(),
                          .taken = {}},
                         base::read_clocks());
    }

    StillWorkers& workers_;
    stream::StillSink& sink_;
    std::shared_ptr<Link> link_;
    bool is_answered_ = false;
};

std::unique_ptr<stream::StillJob> StillWorkers::create(const base::StreamId& id, const stream::Entry& keyframe,
                                                       stream::StillSink& sink, base::Executor& executor,
                                                       base::ByteCount memory) {
    if (running_.fetch_add(1) >= settings_.limits.at_once) {
        running_.fetch_sub(1);
        counts_.refused.add();
        return nullptr;
    }
    auto job = std::make_unique<Job>(*this, sink);
    auto& shard = static_cast<net::Shard&>(executor);  // the executors of the server's streams are its shards
    const auto started = job->start(shard, conversation(keyframe, settings_.version, memory));
    if (!started) {
        settings_.log.error("no worker for a picture",
                            {{"stream", id.text()}, {"program", settings_.program}, {"error", started.error()}});
        return nullptr;
    }
    counts_.started.add();
    return job;
}

}  // namespace weir::endpoint
