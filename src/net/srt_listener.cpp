#include "net/srt_listener.hpp"

#include "net/srt_options.hpp"
#include "net/srt_udp.hpp"

#include <srt/access_control.h>

#include <atomic>
#include <cstring>
#include <utility>

namespace weir::net {

using base::ErrorKind;
using base::fail;
using boost::asio::ip::udp;

namespace {

udp::endpoint endpoint_of(const sockaddr* address) {
    udp::endpoint endpoint;
    const std::size_t size = address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    std::memcpy(endpoint.data(), address, size);
    endpoint.resize(size);
    return endpoint;
}

}  // namespace

struct SrtListener::Door {
    // What the library calls for each caller.
    static int ask(void* self, SRTSOCKET socket, int /*version*/, const sockaddr* peer, const char* stream_id) {
        const Door& door = *static_cast<const Door*>(self);
        const Verdict verdict = door.admit({.peer = endpoint_of(peer), .stream_id = stream_id});
        if (verdict.rejection == 0 && prepare(socket, verdict)) return 0;
        srt_setrejectreason(socket, verdict.rejection == 0 ? SRT_REJX_ISE : verdict.rejection);
        return SRT_ERROR;
    }
    static bool prepare(SRTSOCKET socket, const Verdict& verdict) {
        return srt_options::set_latency(socket, verdict.latency) &&
               (verdict.passphrase.empty() || srt_options::set(socket, SRTO_PASSPHRASE, verdict.passphrase));
    }

    static void take_in(const std::shared_ptr<Door>& self) {
        while (true) {
            SrtSocket socket(srt_accept(self->listener.id(), nullptr, nullptr));
            if (!socket.is_open()) return;
            Shard& shard = self->shards.next();
            shard.post([self, &shard, socket = std::move(socket)]() mutable {
                if (self->is_open) self->accept(shard, std::move(socket));
            });
        }
    }

    Shards& shards;
    SrtPoller& poller;
    Admit admit;
    Accept accept;
    std::uint16_t port;
    SrtSocket listener;
    std::atomic<bool> is_open{true};
};

SrtListener::SrtListener(std::shared_ptr<Door> door) : door_(std::move(door)) {}
SrtListener::~SrtListener() { stop(); }

base::Result<std::unique_ptr<SrtListener>> SrtListener::create(Shards& shards, SrtPoller& poller,
                                                               const config::ListenAddress& address, Admit admit,
                                                               Accept accept, const SrtLimits& limits) {
    SrtUdp udp_socket = TRY(SrtUdp::listen(address, limits));
    SrtSocket listener(srt_create_socket());
    const int id = listener.id();
    if (!listener.is_open()) return fail(ErrorKind::io, "no socket could be opened for SRT");
    if (!srt_options::set_all(id, limits))
        return fail(ErrorKind::internal, "the SRT library does not take its options");
    if (srt_bind_acquire(id, udp_socket.socket()) == SRT_ERROR)
        return fail(ErrorKind::io, "no socket could be bound for SRT");
    const std::uint16_t port = udp_socket.port();
    udp_socket.release();
    auto door = std::shared_ptr<Door>(new Door{.shards = shards,
                                               .poller = poller,
                                               .admit = std::move(admit),
                                               .accept = std::move(accept),
                                               .port = port,
                                               .listener = std::move(listener)});
    if (srt_listen_callback(id, &Door::ask, door.get()) == SRT_ERROR ||
        srt_listen(id, static_cast<int>(limits.backlog)) == SRT_ERROR)
        return fail(ErrorKind::io, "the socket does not listen");
    return std::unique_ptr<SrtListener>(new SrtListener(std::move(door)));
}

void SrtListener::start() {
    door_->poller.watch_door(door_->listener.id(), [door = door_] { Door::take_in(door); });
}

void SrtListener::stop() {
    if (!door_->is_open.exchange(false)) return;
    door_->poller.forget_door(door_->listener.id());
    door_->listener.close();
}

std::uint16_t SrtListener::port() const noexcept { return door_->port; }

}  // namespace weir::net
