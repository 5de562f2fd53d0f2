#include "app/http_client.hpp"

#include "proto/http/request.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace weir::app {

namespace asio = boost::asio;
namespace http = proto::http;
using asio::ip::tcp;
using base::ErrorKind;
using base::fail;

namespace {

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

asio::awaitable<base::Result<HttpAnswer>> HttpClient::request(HttpUrl url, HttpQuestion question) {
    const std::string server = url.host + ':' + std::to_string(url.port);
    if (socket_.is_open() && connected_to_ == server) {
        auto answer = co_await ask(url, question);
        if (answer || answer.error().kind != ErrorKind::closed) co_return answer;
    }
    CO_TRY(co_await connect(url));
    connected_to_ = server;
    co_return co_await ask(std::move(url), std::move(question));
}

asio::awaitable<base::Result<void>> HttpClient::connect(HttpUrl url) {
    boost::system::error_code error;
    socket_.close(error);
    tcp::resolver resolver(socket_.get_executor());
    const auto addresses = co_await resolver.async_resolve(url.host, std::to_string(url.port), redirect(error));
    if (error) co_return fail(ErrorKind::not_found, "the host of the address is not known");
    co_await asio::async_connect(socket_, addresses, redirect(error));
    if (error) co_return fail(ErrorKind::io, "no connection");
    socket_.set_option(tcp::no_delay(true), error);
    parser_ = http::ResponseParser();
    co_return base::Result<void>();
}

std::string HttpClient::write(const HttpUrl& url, const HttpQuestion& question) const {
    std::string fields = "User-Agent: " + std::string(agent_) + "\r\n" + question.fields;
    if (question.method != http::Method::get)
        fields += "Content-Length: " + std::to_string(question.body.size()) + "\r\n";
    std::string request;
    http::write_request_head(question.method, url.path, connected_to_, fields, request);
    return request + question.body;
}

asio::awaitable<base::Result<HttpAnswer>> HttpClient::ask(HttpUrl url, HttpQuestion question) {
    const std::string request = write(url, question);
    boost::system::error_code error;
    parser_.expect(question.method);
    co_await asio::async_write(socket_, asio::buffer(request), redirect(error));
    HttpAnswer answer;
    bool keep_alive = true;
    while (!error) {
        while (auto event = parser_.next_event()) {
            if (const auto* head = std::get_if<http::Response>(&*event)) {
                answer.status = static_cast<int>(head->status);
                keep_alive = head->keep_alive;
            } else if (const auto* body = std::get_if<http::BodyData>(&*event)) {
                if (answer.body.size() + body->bytes.size() > largest_body)
                    co_return fail(ErrorKind::too_large, "the answer is too large");
                answer.body.insert(answer.body.end(), body->bytes.begin(), body->bytes.end());
            } else if (std::holds_alternative<http::MessageEnd>(*event)) {
                if (!keep_alive) socket_.close(error);
                co_return answer;
            } else {
                co_return fail(ErrorKind::malformed, "the answer is no HTTP");
            }
        }
        const std::size_t count = co_await socket_.async_read_some(asio::buffer(input_), redirect(error));
        if (error) parser_.close();
        else parser_.receive({input_.data(), count});
    }
    co_return fail(ErrorKind::closed, "the server closed the connection");
}

}  // namespace weir::app
