#include "worker/broker.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <type_traits>

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weir::worker {

using base::ErrorKind;
using base::fail;
using base::IpAddress;
using base::Result;

namespace {

static_assert(std::is_trivially_copyable_v<BrokerRequest> && std::is_trivially_copyable_v<BrokerReply>);

/// Where both ends are the same program of the same moment, a message is its bytes.
template <typename T>
struct Envelope {
    T message{};
    int descriptor = -1;  ///< travels with it

    bool send(int socket) {
        iovec bytes{&message, sizeof message};
        msghdr header{};
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        if (descriptor >= 0) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            cmsghdr* part = CMSG_FIRSTHDR(&header);
            part->cmsg_level = SOL_SOCKET;
            part->cmsg_type = SCM_RIGHTS;
            part->cmsg_len = CMSG_LEN(sizeof(int));
            std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
        }
        return again([&] { return ::sendmsg(socket, &header, MSG_NOSIGNAL); }) == sizeof message;
    }

    bool receive(int socket) {
        iovec bytes{&message, sizeof message};
        msghdr header{};
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        descriptor = -1;
        if (again([&] { return ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC); }) != sizeof message) return false;
        const cmsghdr* part = CMSG_FIRSTHDR(&header);
        if (part != nullptr && part->cmsg_type == SCM_RIGHTS)
            std::memcpy(&descriptor, CMSG_DATA(part), sizeof descriptor);
        return true;
    }

  private:
    static ssize_t again(auto call) {
        while (true)
            if (const ssize_t count = call(); count >= 0 || errno != EINTR) return count;
    }
};

struct Place {
    IpAddress address;
    std::uint16_t port = 0;
};

std::optional<Place> place_of(const sockaddr_storage& address, socklen_t size) {
    Place place;
    if (address.ss_family == AF_INET && size >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        place.address.bytes[10] = place.address.bytes[11] = 0xff;
        std::memcpy(&place.address.bytes[12], &in.sin_addr, sizeof in.sin_addr);
        place.port = ntohs(in.sin_port);
        return place;
    }
    if (address.ss_family != AF_INET6 || size < sizeof(sockaddr_in6)) return std::nullopt;
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    std::memcpy(place.address.bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
    place.port = ntohs(in.sin6_port);
    return place;
}

bool is_unspecified(const IpAddress& address) {
    return address == *base::parse_ip_address("0.0.0.0") || address == *base::parse_ip_address("::");
}

/// The other process.
class Service {
  public:
    Service(int socket, const BrokerRules& rules) : socket_(socket), rules_(rules) {}

    void run() {
        Envelope<BrokerRequest> request;
        while (request.receive(socket_)) {
            Envelope<BrokerReply> reply{.message = answer(request.message, request.descriptor)};
            if (request.descriptor >= 0) ::close(request.descriptor);
            if (!reply.send(socket_)) return;
        }
    }

  private:
    [[nodiscard]] BrokerReply answer(BrokerRequest& request, int socket) const {
        request.host.back() = request.service.back() = '\0';
        switch (request.verb) {
            case BrokerRequest::Verb::resolve: return resolve(request);
            case BrokerRequest::Verb::connect: return connect(request, socket);
            case BrokerRequest::Verb::bind: return bind(request, socket);
        }
        return {.error = EINVAL};
    }

    [[nodiscard]] static BrokerReply resolve(const BrokerRequest& request) {
        addrinfo hints{};
        hints.ai_family = request.family;
        hints.ai_socktype = request.type;
        hints.ai_protocol = request.protocol;
        hints.ai_flags = request.flags;
        const auto text = [](const auto& array) { return array[0] == '\0' ? nullptr : array.data(); };
        addrinfo* found = nullptr;
        BrokerReply reply{.error = ::getaddrinfo(text(request.host), text(request.service), &hints, &found)};
        for (const addrinfo* one = reply.error == 0 ? found : nullptr; one != nullptr; one = one->ai_next) {
            if (reply.count == BrokerReply::most || one->ai_addrlen > sizeof(sockaddr_storage)) break;
            BrokerReply::Address& address = reply.addresses[reply.count++];
            std::memcpy(&address.address, one->ai_addr, one->ai_addrlen);
            address.size = one->ai_addrlen;
            address.type = one->ai_socktype;
            address.protocol = one->ai_protocol;
        }
        if (reply.error == 0) ::freeaddrinfo(found);
        return reply;
    }

    [[nodiscard]] BrokerReply connect(const BrokerRequest& request, int socket) const {
        const auto place = place_of(request.address, request.size);
        if (!place || !rules_.addresses.admits(place->address)) return {.error = EACCES, .is_refused = true};
        return done(::connect(socket, generic(request), request.size));
    }

    // To be sent to, on a port that no service of the machine has.
    [[nodiscard]] BrokerReply bind(const BrokerRequest& request, int socket) const {
        const auto place = place_of(request.address, request.size);
        const bool is_usual = place && (is_unspecified(place->address) || rules_.addresses.admits(place->address) ||
                                        base::is_multicast(place->address));
        if (!rules_.may_bind || !is_usual || place->port < IPPORT_RESERVED)
            return {.error = EACCES, .is_refused = true};
        return done(::bind(socket, generic(request), request.size));
    }

    static BrokerReply done(int result) { return {.error = result == 0 ? 0 : errno}; }
    static const sockaddr* generic(const BrokerRequest& request) {
        return static_cast<const sockaddr*>(static_cast<const void*>(&request.address));
    }

    const int socket_;
    const BrokerRules& rules_;
};

void serve(int socket, const BrokerRules& rules, pid_t worker) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != worker) return;
    ::prctl(PR_SET_NAME, "weir-broker");
    // Nothing but its own end, and where complaints go.
    const auto own = static_cast<unsigned>(socket);
    if (own > STDERR_FILENO + 1U) ::close_range(STDERR_FILENO + 1U, own - 1, 0);
    ::close_range(own + 1, ~0U, 0);
    Service(socket, rules).run();
}

}  // namespace

Result<Broker> Broker::start(const BrokerRules& rules) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ErrorKind::io, "no socketpair for the broker: too many open files?");
    const pid_t worker = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        serve(ends[1], rules, worker);
        ::_exit(EXIT_SUCCESS);
    }
    ::close(ends[1]);
    Broker broker(ends[0]);
    if (child < 0) return fail(ErrorKind::io, "no process for the broker: too many processes?");
    return broker;
}

Broker::~Broker() {
    if (socket_ >= 0) ::close(socket_);
}

BrokerReply Broker::ask(const BrokerRequest& request, int socket) const {
    Envelope<BrokerRequest> envelope{.message = request, .descriptor = socket};
    Envelope<BrokerReply> reply;
    if (!envelope.send(socket_) || !reply.receive(socket_))
        return {.error = request.verb == BrokerRequest::Verb::resolve ? EAI_FAIL : ENETDOWN};
    return reply.message;
}

}  // namespace weir::worker
