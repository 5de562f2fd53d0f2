#include "net/http_exchange.hpp"

#include <exception>

namespace weir::net {

namespace asio = boost::asio;
using namespace proto::http;

namespace {

StatusClass class_of(Status status) noexcept {
    switch (code(status) / 100) {
        case 2: return StatusClass::success;
        case 3: return StatusClass::redirection;
        case 4: return StatusClass::client_error;
        default: return StatusClass::server_error;
    }
}

}  // namespace

HttpFault fault_of(Status status) noexcept {
    switch (status) {
        case Status::content_too_large:
        case Status::uri_too_long:
        case Status::header_fields_too_large: return HttpFault::too_large;
        default: return HttpFault::malformed;
    }
}

HttpExchange::HttpExchange(std::shared_ptr<HttpShard> its_shard, Request its_request)
    : shard(std::move(its_shard)),
      request(std::move(its_request)),
      context{.shard = shard->shard, .now = {}, .peer = {}, .peer_port = 0, .captures = {}, .body = {}} {}

HttpExchange::~HttpExchange() {
    shard->bodies -= context.body.size();
    shard->answers -= answer_size_;
}

void HttpExchange::route(const asio::ip::tcp::endpoint& peer, base::Now now) {
    HttpService& service = *shard->service;
    service.counts.requests.add();
    HttpRouter::Match match = service.router.match(request);
    audience = match.audience;
    if (match.route != nullptr) handler = &match.route->handler;
    else response = *std::move(match.response);
    context.now = now;
    context.captures = match.captures;
    context.peer = service.proxies.client(peer.address(), request);
    context.peer_port = peer.port();
}

bool HttpExchange::collect(base::ByteView bytes) {
    if (!wants_body()) return true;
    if (shard->bodies + bytes.size() > shard->service->limits.bodies.bytes()) {
        shard->service->counts.faults[HttpFault::bodies].add();
        return false;
    }
    shard->bodies += bytes.size();
    context.body.append(base::as_text(bytes));
    return true;
}

bool HttpExchange::has_to_ask() const noexcept {
    return handler != nullptr && std::holds_alternative<AwaitableHandler>(*handler);
}

asio::awaitable<HttpResponse> HttpExchange::ask() { return std::get<AwaitableHandler>(*handler)(request, context); }

void HttpExchange::take(HttpResponse answer) {
    response = std::move(answer);
    handler = nullptr;
}

void HttpExchange::answer() {
    if (handler == nullptr) return;
    try {
        take(std::get<PlainHandler>(*handler)(request, context));
    } catch (const std::exception&) {
        fail();
    }
}

void HttpExchange::fail() {
    shard->service->counts.faults[HttpFault::handler].add();
    refuse(Status::internal_server_error, "The server failed to make an answer.");
}

void HttpExchange::refuse(Status status, std::string_view text) {
    handler = nullptr;
    response = http_error(error_form(request), status, text);
}

void HttpExchange::conclude() {
    apply_conditions(request, response);
    count_answer();
    shard->service->counts.responses[class_of(response.status)].add();
}

/// Beyond the limit the answer gives way to a few words.
void HttpExchange::count_answer() {
    if (!response.own) return;
    const auto size_now = [&] { return static_cast<std::size_t>(size_of(response.body)); };
    if (shard->answers > 0 && shard->answers + size_now() > shard->service->limits.answers.bytes()) {
        shard->service->counts.faults[HttpFault::answers].add();
        response = http_error(error_form(request), Status::service_unavailable,
                              "Too many answers are being sent; try again in a moment.");
    }
    answer_size_ = size_now();
    shard->answers += answer_size_;
}

std::shared_ptr<HttpGrowth> HttpExchange::growth() const {
    const auto* growth = std::get_if<std::shared_ptr<HttpGrowth>>(&response.body);
    return growth != nullptr ? *growth : nullptr;
}

std::string_view HttpExchange::write_head(Persistence persistence, base::WallTime now) const {
    const bool grows = growth() != nullptr;
    const bool has_length = !is_endless() && !grows && !forbids_body(response.status);
    shard->head.clear();
    write_response_head({.status = response.status,
                         .date = shard->date(now),
                         .content_type = response.content_type,
                         .standing_fields = standing_fields(audience),
                         .fields = response.fields.text(),
                         .content_length = has_length ? std::optional(size_of(response.body)) : std::nullopt,
                         .is_chunked = grows && !request.is_http_1_0,
                         .persistence = persistence},
                        shard->head);
    return shard->head;
}

}  // namespace weir::net
