// The first byte seeds the cuts; its lowest bits say how the driver answers. The rest is what a client sends. Properties: never a crash,
// the end is last, the same events wherever the bytes are cut, answers in bounds, and what is parsed is written and parsed again equal.
#include "proto/rtsp/address.hpp"
#include "proto/rtsp/authentication.hpp"
#include "proto/rtsp/client_connection.hpp"
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/server_connection.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::rtsp;

class Conversation {
  public:
    explicit Conversation(unsigned answers) : answers_(answers), server_({limits_, "s", "n"}, now_) {}

    void receive(base::ByteView bytes) {
        now_ += std::chrono::milliseconds(1);
        server_.receive(bytes, now_);
        drain();
        received_ += bytes.size();
        sent_ += server_.take_output().size();
        if (sent_ > 4000 + 60 * received_) std::abort();
    }
    void end() {
        server_.tick(now_ + std::chrono::hours(1));
        drain();
    }

    std::string text;

  private:
    void drain() {
        while (auto event = server_.next_event()) {
            if (closed_) std::abort();
            std::visit([this](auto& what) { take(what); }, *event);
        }
    }
    void refuse() {
        if (answers_ % 4 == 1) server_.ask_password("who", now_);
        else server_.refuse(Refusal::denied, "no", now_);
    }
    [[nodiscard]] bool accepts() const { return answers_ % 4 > 1; }
    void take(PublishRequested& event) {
        text.append("?").append(event.request->visitor.stream.text()).append(event.request->description);
        if (event.request->visitor.credentials) text.append(print(*event.request->visitor.credentials));
        if (!accepts()) return refuse();
        server_.accept_publish({{"a=0", {}}, {"a=1", {}}, {event.request->description.substr(0, 20), {}}}, now_);
    }
    void take(PlayRequested& event) {
        text.append("!").append(event.request->visitor.stream.text()).append(event.request->rung);
        if (!accepts()) return refuse();
        server_.accept_play("v=0\r\n", {{"a=0", Pair{0, 1}}, {"a=1", Pair{2, 3}}}, now_);
    }
    void take(DatagramsRequested& event) {
        text.append("u").append(std::to_string(event.track)).append(std::to_string(event.client_ports.rtp));
        if (answers_ % 8 > 3) server_.accept_datagrams({1000, 1001}, now_);
        else server_.refuse(Refusal::transport, "no", now_);
    }
    void take(StartRequested&) {
        text.append(">");
        server_.accept_start(std::chrono::seconds(1), now_);
    }
    void take(Paused& event) { text.append(event.is_paused ? "p" : "g"); }
    void take(Media& event) {
        text.append(event.is_control ? "c" : "m").append(std::to_string(event.track));
        text.append(base::as_text(event.packet));
    }
    void take(Closed& event) {
        closed_ = true;
        text.append(event.text);
    }

    static constexpr Limits limits_{
        .head = base::ByteCount(1000), .body = base::ByteCount(800), .talk = base::ByteCount(2000)};
    unsigned answers_;
    bool closed_ = false;
    std::size_t received_ = 0;
    std::size_t sent_ = 0;
    base::Instant now_{};
    ServerConnection server_;
};

std::string events_of(base::ByteView bytes, unsigned answers, std::size_t longest, std::uint8_t seed) {
    Conversation conversation(answers);
    std::minstd_rand random(seed);
    while (!bytes.empty()) {
        const std::size_t count = std::min<std::size_t>(bytes.size(), 1 + random() % longest);
        conversation.receive(bytes.first(count));
        bytes = bytes.subspan(count);
    }
    conversation.end();
    return conversation.text;
}

std::string written(const Item& item) {
    std::string out;
    if (const auto* request = std::get_if<Request>(&item)) write(*request, out);
    if (const auto* response = std::get_if<Response>(&item)) write(*response, out);
    return out;
}

/// Whatever parses, writes back equal.
void try_again(const Item& item) {
    const std::string first = written(item);
    Reader reader{Limits{}};
    base::ByteView bytes = base::as_bytes(first);
    if (first.empty()) return;
    const auto again = reader.next(bytes);
    if (!again || !*again || written(**again) != first) std::abort();
}

void try_values(const Fields& fields) {
    for (const Field& field : fields.all()) {
        for (const Transport& transport : parse_transports(field.value))
            if (parse_transports(print(transport)) != std::vector{transport}) std::abort();
        if (const auto said = parse_credentials(field.value, "PLAY"))
            if (parse_credentials(print(*said), "PLAY") != said) std::abort();
        if (const auto challenge = parse_challenge(field.value))
            if (parse_challenge(print(*challenge)) != challenge) std::abort();
        (void)parse_address(field.value);
    }
}

/// The client's side of the same: whatever a server sends, no crash, and the end is last.
void try_client(base::ByteView bytes, Purpose purpose) {
    base::Instant now{};
    ClientConnection client(
        {.purpose = purpose, .address = "rtsp://h/a/b", .login = {"me", "key"}, .description = "v=0\r\n"}, now);
    bool is_over = false;
    for (std::size_t size = 0; !bytes.empty(); bytes = bytes.subspan(size)) {
        size = std::min<std::size_t>(bytes.size(), 100);
        client.receive(bytes.first(size), now);
        while (auto event = client.next_event()) {
            if (is_over) std::abort();
            if (std::holds_alternative<TracksRequested>(*event))
                client.set_up({{"a=0", {}}, {"rtsp://h/a/b/c", Pair{6, 7}}}, now);
            if (std::holds_alternative<PortsRequested>(*event)) client.use_ports({1000, 1001}, now);
            is_over = std::holds_alternative<ClientClosed>(*event);
        }
        (void)client.take_output();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const base::ByteView bytes(data + 1, size - 1);
    const std::size_t memory = base::slab_bytes();
    if (events_of(bytes, data[0], SIZE_MAX, 1) != events_of(bytes, data[0], 1 + data[0] % 32, data[0])) std::abort();
    try_client(bytes, Purpose::play);
    try_client(bytes, Purpose::publish);
    {
        Reader reader{Limits{}};
        base::ByteView rest = bytes;
        while (const auto item = reader.next(rest)) {
            if (!*item) break;
            try_again(**item);
            if (const auto* request = std::get_if<Request>(&**item)) try_values(request->fields);
            if (const auto* response = std::get_if<Response>(&**item)) try_values(response->fields);
        }
    }
    if (base::slab_bytes() != memory) std::abort();
    return 0;
}
