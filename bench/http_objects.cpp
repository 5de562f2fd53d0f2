// Serves objects from memory on one shard, to be measured beside other servers: http_objects PORT [BYTES]. `/small` is 512
// bytes, `/object` is BYTES (a million unless said), in slices of 64 KiB as the log has them.
#include "config/values.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace weir;

namespace {

std::vector<base::Bytes> object_of(std::size_t size) {
    base::SlabWriter writer(64U << 10);
    writer.append(base::as_bytes(std::string(size, 'w')));
    return writer.take();
}

}  // namespace

int main(int argc, char** argv) {
    const config::ListenAddress address{.host = "127.0.0.1",
                                        .port = static_cast<std::uint16_t>(std::atoi(argc > 1 ? argv[1] : "8099")),
                                        .enabled = true};
    const std::vector<base::Bytes> object = object_of(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000);
    const base::Bytes small = base::Bytes::copy_of(std::string(512, 's'));

    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, nullptr);

    const auto media = [](net::HttpResponse::Body body) {
        net::HttpResponse response{
            .content_type = "video/mp4", .etag = "\"x\"", .ranges = true, .body = std::move(body)};
        response.fields.add("Cache-Control", "public, max-age=31536000, immutable");
        return response;
    };
    const auto answer_object = [&](const auto&, auto&) { return media(object); };
    const auto answer_small = [&](const auto&, auto&) { return media(small); };

    net::Shards shards(1);
    std::vector<net::Route> routes;
    routes.push_back(
        {.pattern = "/small", .audience = net::Audience::media, .handler = net::PlainHandler(answer_small)});
    routes.push_back(
        {.pattern = "/object", .audience = net::Audience::media, .handler = net::PlainHandler(answer_object)});
    net::HttpServer server(shards, std::move(routes));
    auto listener = net::Listener::create(
        shards, address, [&](net::Shard& shard, auto socket) { server.serve(shard, std::move(socket)); });
    if (!listener) {
        std::fprintf(stderr, "http_objects: %s\n", std::string(listener.error().text).c_str());
        return 1;
    }
    (*listener)->start();
    std::printf("http://127.0.0.1:%u/object\n", (*listener)->port());
    std::fflush(stdout);

    int signal = 0;
    sigwait(&ending, &signal);
    shards.stop();
    return 0;
}
