#include "endpoint/rtmp_push.hpp"

#include "base/byte_writer.hpp"
#include "format/flv_metadata.hpp"
#include "format/flv_tags.hpp"
#include "format/rtmp_serializer.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "proto/rtmp/url.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>
#include <variant>

namespace weir::endpoint {

namespace rtmp = proto::rtmp;

namespace {

std::uint64_t random_seed() {
    thread_local std::mt19937_64 random(std::random_device{}());
    return random();
}

class RtmpDialogue final : public PushDialogue {
  public:
    RtmpDialogue(const PushOrder& order, const stream::WireFormat& format)
        : url_(*rtmp::parse_url(order.url)), tracks_(order.tracks), format_(format) {}

    [[nodiscard]] Target target() const override { return {url_.host, url_.port, url_.tls}; }
    [[nodiscard]] std::optional<PushFailure> prepare() override {
        if (tracks_ == nullptr) return {};
        auto why = format::nothing_to_carry(format::flv::carriage, *tracks_);
        return why ? std::optional(PushFailure{PushEnd::impossible, *std::move(why)}) : std::nullopt;
    }
    [[nodiscard]] std::optional<PushFailure> begin(const Ends& /*ends*/, base::Instant now) override {
        machine_.emplace(rtmp::ClientConnection::Options{.tc_url = rtmp::print_tc_url(url_),
                                                         .app = url_.app,
                                                         .stream_key = url_.key,
                                                         .chunk_size = format::rtmp::StreamWriter::chunk_size,
                                                         .seed = random_seed()},
                         now);
        return {};
    }
    [[nodiscard]] std::optional<PushFailure> receive(base::ByteView bytes, base::Instant now) override {
        machine_->receive(bytes, now);
        return drain();
    }
    [[nodiscard]] std::optional<PushFailure> tick(base::Instant now) override {
        machine_->tick(now);
        return drain();
    }
    [[nodiscard]] base::Bytes take_output() override { return machine_->take_output(); }
    [[nodiscard]] bool is_ready() const override { return is_ready_; }

    // Metadata as an encoder sends it; the log says it to players, without the word that has servers keep it.
    [[nodiscard]] std::optional<PushFailure> conclude() override {
        if (const auto id = machine_->stream_id(); id != format::rtmp::StreamWriter::stream_id)
            return PushFailure{PushEnd::impossible,
                               fmt::format("the target numbers its message stream {}: only 1 can be sent", id)};
        if (tracks_ == nullptr) return {};
        base::ByteWriter body;
        format::flv::write_metadata(*tracks_, body);
        machine_->send(rtmp::MessageType::amf0_data, 0, body.view());
        return {};
    }
    [[nodiscard]] const stream::WireFormat& format() const override { return format_; }
    [[nodiscard]] stream::ViewerProtocol protocol() const override { return stream::ViewerProtocol::rtmp; }
    void finish() override { machine_->finish(); }

  private:
    std::optional<PushFailure> drain() {
        while (auto event = machine_->next_event()) {
            if (std::holds_alternative<rtmp::Ready>(*event)) is_ready_ = true;
            else if (const auto* closed = std::get_if<rtmp::ClientClosed>(&*event))
                return PushFailure{push_end_of(closed->kind), closed->text};
        }
        return {};
    }

    const rtmp::Url url_;
    const media::TrackSetRef tracks_;
    const stream::WireFormat& format_;
    std::optional<rtmp::ClientConnection> machine_;  ///< nothing before the connection
    bool is_ready_ = false;
};

base::Result<void> check(std::string_view url) {
    (void)TRY(rtmp::parse_url(url));
    return {};
}

}  // namespace

std::vector<PushScheme> rtmp_push_schemes(const std::shared_ptr<TcpPushService>& service,
                                          const stream::WireFormat& format) {
    const auto create = [service, &format](PushOrder order, net::Shard& shard, PushEvents events) {
        auto dialogue = std::make_unique<RtmpDialogue>(order, format);
        return make_tcp_pusher(std::move(order), std::move(dialogue), shard, std::move(events), service);
    };
    return {{"rtmp", &check, create}, {"rtmps", &check, create}};
}

}  // namespace weir::endpoint
