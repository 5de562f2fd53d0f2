// What stands in for the functions of the C library that lead out of the process: libraries of FFmpeg's call these in their place, since
// those of the program come first. Without a broker (in every other worker, and in the broker itself) they are what they were.
#include "worker/broker.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::worker {

namespace {

struct Route {
    std::mutex mutex;
    const Broker* broker = nullptr;  ///< set once, before there are threads
    std::string authorities;         ///< the file, as it was then
    NetworkTrace trace;
};
Route& route() {
    static Route one;
    return one;
}

/// The C library's own.
template <typename Function>
Function* original(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));  // NOLINT: the way of dlsym
}

std::string print(const sockaddr* address, socklen_t size) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return "an address of another kind";
    const std::string_view text = host.data();
    return text.contains(':') ? fmt::format("[{}]:{}", text, port.data()) : fmt::format("{}:{}", text, port.data());
}

int through_broker(BrokerRequest::Verb verb, int socket, const sockaddr* address, socklen_t size) {
    BrokerRequest request{.verb = verb};
    if (size > sizeof request.address) return errno = EINVAL, -1;
    std::memcpy(&request.address, address, size);
    request.size = size;
    Route& way = route();
    const std::lock_guard lock(way.mutex);
    const BrokerReply reply = way.broker->ask(request, socket);
    std::string text = print(address, size);
    if (reply.is_refused) way.trace.refused = std::move(text);
    else if (way.trace.peer.empty() && (reply.error == 0 || reply.error == EINPROGRESS))
        way.trace.peer = std::move(text);
    errno = reply.error;
    return reply.error == 0 ? 0 : -1;
}

bool copy(const char* from, auto& into) {
    const std::string_view text = from == nullptr ? "" : from;
    if (text.size() >= into.size()) return false;
    text.copy(into.data(), text.size());
    return true;
}

/// One allocation: the entry, and its address behind.
struct Entry {
    addrinfo info{};
    sockaddr_storage address{};
};

addrinfo* list_of(const BrokerReply& reply) {
    addrinfo* first = nullptr;
    for (std::uint32_t i = reply.count; i-- > 0;) {
        const BrokerReply::Address& from = reply.addresses[i];
        auto entry = std::make_unique<Entry>();
        entry->address = from.address;
        entry->info.ai_family = from.address.ss_family;
        entry->info.ai_socktype = from.type;
        entry->info.ai_protocol = from.protocol;
        entry->info.ai_addrlen = from.size;
        entry->info.ai_addr = static_cast<sockaddr*>(static_cast<void*>(&entry->address));
        entry->info.ai_next = first;
        first = &entry.release()->info;
    }
    return first;
}

int resolve(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
    BrokerRequest request{.verb = BrokerRequest::Verb::resolve};
    if (!copy(host, request.host) || !copy(service, request.service)) return EAI_NONAME;
    if (hints != nullptr) {
        request.family = hints->ai_family;
        request.type = hints->ai_socktype;
        request.protocol = hints->ai_protocol;
        request.flags = hints->ai_flags & ~AI_CANONNAME;
    }
    Route& way = route();
    const std::lock_guard lock(way.mutex);
    const BrokerReply reply = way.broker->ask(request);
    if (reply.error == 0) *result = list_of(reply);
    return reply.error;
}

}  // namespace

void route_network_through(const Broker& broker) {
    Route& way = route();
    std::ifstream file(authorities_file, std::ios::binary);
    way.authorities.assign(std::istreambuf_iterator<char>(file), {});
    way.broker = &broker;
}

NetworkTrace network_trace() {
    Route& way = route();
    const std::lock_guard lock(way.mutex);
    return way.trace;
}

}  // namespace weir::worker

using weir::worker::original;
using weir::worker::route;

extern "C" {

int connect(int socket, const sockaddr* address, socklen_t size) {
    if (route().broker == nullptr) return static_cast<int>(::syscall(SYS_connect, socket, address, size));
    return weir::worker::through_broker(weir::worker::BrokerRequest::Verb::connect, socket, address, size);
}

int bind(int socket, const sockaddr* address, socklen_t size) noexcept {
    if (route().broker == nullptr) return static_cast<int>(::syscall(SYS_bind, socket, address, size));
    return weir::worker::through_broker(weir::worker::BrokerRequest::Verb::bind, socket, address, size);
}

int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
    if (route().broker == nullptr) return original<decltype(getaddrinfo)>("getaddrinfo")(host, service, hints, result);
    return weir::worker::resolve(host, service, hints, result);
}

void freeaddrinfo(addrinfo* list) noexcept {
    if (route().broker == nullptr) return original<decltype(freeaddrinfo)>("freeaddrinfo")(list);
    while (list != nullptr) {
        addrinfo* next = list->ai_next;
        delete static_cast<weir::worker::Entry*>(static_cast<void*>(list));
        list = next;
    }
}

std::FILE* fopen(const char* path, const char* mode) {
    if (route().broker == nullptr) return original<decltype(fopen)>("fopen")(path, mode);
    std::string& authorities = route().authorities;
    if (std::string_view(path) != weir::worker::authorities_file || authorities.empty()) return errno = EACCES, nullptr;
    return ::fmemopen(authorities.data(), authorities.size(), "r");
}

}  // extern "C"
