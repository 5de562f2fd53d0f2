// `co_await ask(there, question)`: runs `question` on another shard and goes on here with what it returned. A shard that has stopped
// never answers: what asks is destroyed with its own shard.
#pragma once

#include "base/executor.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace weir::net {

template <typename Question>
[[nodiscard]] boost::asio::awaitable<std::invoke_result_t<Question>> ask(base::Executor& there, Question question) {
    namespace asio = boost::asio;
    using Answer = std::invoke_result_t<Question>;
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
        [&there](auto handler, Question asked) {
            there.post([handler = std::move(handler), asked = std::move(asked)]() mutable {
                const auto here = asio::get_associated_executor(handler);
                asio::post(here, [handler = std::move(handler), answer = asked()]() mutable {
                    std::move(handler)(std::move(answer));
                });
            });
        },
        asio::use_awaitable, std::move(question));
}

}  // namespace weir::net
