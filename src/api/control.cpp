#include "api/control.hpp"

#include "api/access.hpp"
#include "api/body.hpp"
#include "api/json.hpp"
#include "api/stream_options.hpp"
#include "base/clock.hpp"
#include "base/escape.hpp"
#include "config/reader.hpp"
#include "net/ask.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::api {

namespace asio = boost::asio;
namespace http = proto::http;
namespace json = boost::json;
using config::DocumentNode;
using http::Status;
using net::HttpResponse;

namespace {

using Handled = asio::awaitable<HttpResponse>;
template <typename T>
using Answer = StreamBook::Answer<T>;

HttpResponse no_stream() {
    return api_error(Status::not_found, "stream_not_found",
                     "there is no stream of that name: POST /streams creates one");
}

HttpResponse answer_with(json::object object, Status status = Status::ok) {
    HttpResponse response = json_response(std::move(object));
    response.status = status;
    return response;
}

std::string id_in(const net::RequestContext& context) {
    return std::string(context.captures["app"]) + '/' + std::string(context.captures["name"]);
}

json::object json_of(const stream::PushStatus& push) {
    const auto seconds = [](base::Duration duration) { return std::chrono::duration<double>(duration).count(); };
    json::object object{{"id", push.id},
                        {"target", base::valid_utf8(push.target)},
                        {"rung", push.rung},
                        {"state", stream::name(push.state)},
                        {"reason", push.reason},
                        {"since", print_time(push.since)},
                        {"attempts", push.attempts},
                        {"bytes", push.bytes},
                        {"retransmitted", push.retransmitted}};
    object["next_attempt_seconds"] =
        push.until_next > base::Duration{} ? json::value(seconds(push.until_next)) : nullptr;
    object["round_trip_ms"] =
        push.round_trip > base::Duration{} ? json::value(seconds(push.round_trip) * 1000) : nullptr;
    return object;
}

json::array json_of(const std::vector<stream::PushStatus>& pushes) {
    json::array items;
    for (const stream::PushStatus& push : pushes) items.push_back(json_of(push));
    return items;
}

DocumentNode option(std::string key, std::string text) {
    DocumentNode node{.kind = DocumentNode::Kind::text, .text = std::move(text)};
    node.key = std::move(key);
    return node;
}

// The handlers. One object for all of them; it lives as long as the routes do.
class Control {
  public:
    explicit Control(const ControlSurroundings& around) : around_(around) {}

    Handled create(const http::Request& request, net::RequestContext& context) {
        auto body = read_object(request, context);
        if (!body) co_return std::move(body.error());
        const auto named = take_member(*body, "id");
        if (!named) co_return api_error(Status::unprocessable_content, "bad_value", "id: is missing", "id");
        const auto id = base::parse_stream_id(named->text);
        if (!id)
            co_return api_error(Status::unprocessable_content, "bad_value", "id: " + std::string(id.error().text),
                                "id");
        const std::string name = id->text();
        if (running(name) != nullptr)
            co_return api_error(Status::conflict, "stream_exists",
                                "the stream runs already: PUT .../config changes it");
        const auto now = std::chrono::floor<std::chrono::seconds>(context.now.wall).time_since_epoch().count();
        auto done = co_await edit(name, [&](config::StreamEntry& entry) -> Answer<void> {
            if (entry.created != 0)
                return std::unexpected(api_error(Status::conflict, "stream_exists",
                                                 "the stream exists already: PUT .../config changes it"));
            entry.created = static_cast<std::uint64_t>(now);
            config::change_options(entry.options, *body);
            return {};
        });
        co_return done ? answer_with(described(name, *done, context), Status::created) : std::move(done.error());
    }

    Handled remove(const http::Request&, net::RequestContext& context) {
        const std::string name = id_in(context);
        const auto stream = running(name);
        auto forgotten = co_await net::ask(around_.desk, [&] { return around_.book.forget(name); });
        if (!forgotten) co_return std::move(forgotten.error());
        if (stream == nullptr && !*forgotten) co_return no_stream();
        if (stream != nullptr)
            co_await on_stream(stream, [](stream::Stream& of, base::Now now) { of.stop("ended by an operator", now); });
        co_return answer_with({{"id", name}, {"stopped", stream != nullptr}, {"forgotten", *forgotten}});
    }

    Handled show(const http::Request&, net::RequestContext& context) {
        const std::string name = id_in(context);
        if (!is_known(name, context)) co_return no_stream();
        co_return answer_with(
            describe_options(name, *around_.config.get(context.shard), *around_.overlay.get(context.shard)));
    }

    Handled configure(const http::Request& request, net::RequestContext& context) {
        const std::string name = id_in(context);
        if (!is_known(name, context)) co_return no_stream();
        auto body = read_object(request, context);
        if (!body) co_return std::move(body.error());
        auto done = co_await edit(name, [&](config::StreamEntry& entry) -> Answer<void> {
            config::change_options(entry.options, *body);
            return {};
        });
        co_return done ? answer_with(described(name, *done, context)) : std::move(done.error());
    }

    Handled pause(const http::Request&, net::RequestContext& context) { return set_paused(context, true); }
    Handled resume(const http::Request&, net::RequestContext& context) { return set_paused(context, false); }

    Handled list_pushes(const http::Request&, net::RequestContext& context) {
        const std::string name = id_in(context);
        if (!is_known(name, context)) co_return no_stream();
        co_return answer_with({{"items", json_of(co_await statuses(name))}});
    }

    Handled push(const http::Request& request, net::RequestContext& context) {
        const std::string name = id_in(context);
        if (!is_known(name, context)) co_return no_stream();
        auto body = read_object(request, context);
        if (!body) co_return std::move(body.error());
        std::string id;
        auto done = co_await edit(name, [&](config::StreamEntry& entry) -> Answer<void> {
            auto target = read_target(*body, name, entry);
            if (!target) return std::unexpected(std::move(target.error()));
            id = target->id;
            entry.pushes.push_back(*std::move(target));
            return {};
        });
        if (!done) co_return std::move(done.error());
        for (const stream::PushStatus& one : co_await statuses(name))
            if (one.id == id) co_return answer_with(json_of(one), Status::created);
        co_return no_push();
    }

    Handled stop_push(const http::Request&, net::RequestContext& context) {
        const std::string name = id_in(context);
        const std::string id(context.captures["push"]);
        auto done = co_await edit(name, [&](config::StreamEntry& entry) -> Answer<void> {
            if (std::erase_if(entry.pushes, [&](const config::PushTarget& one) { return one.id == id; }) == 0)
                return std::unexpected(no_push());
            return {};
        });
        co_return done ? answer_with({{"id", id}, {"stopped", true}}) : std::move(done.error());
    }

  private:
    static HttpResponse no_push() {
        return api_error(Status::not_found, "push_not_found", "the stream is not sent to a target of that id");
    }

    [[nodiscard]] std::shared_ptr<stream::Stream> running(const std::string& name) const {
        const auto id = base::parse_stream_id(name);
        auto stream = id ? around_.registry.find(*id) : nullptr;
        return stream != nullptr && !stream->is_over() ? stream : nullptr;
    }

    // It runs, or somebody named it: the API, or the configuration's own rule.
    [[nodiscard]] bool is_known(const std::string& name, const net::RequestContext& context) const {
        if (running(name) != nullptr || around_.overlay.get(context.shard)->streams.contains(name)) return true;
        const auto& rules = around_.config.get(context.shard)->streams.rules;
        return base::parse_stream_id(name) &&
               std::ranges::find(rules, name, &config::StreamRule::pattern) != rules.end();
    }

    template <typename Verb>
    asio::awaitable<void> on_stream(std::shared_ptr<stream::Stream> stream, Verb verb) {
        (void)co_await net::ask(stream->shard(), [&] {
            const base::Now now = base::read_clocks();
            verb(*stream, now);
            around_.registry.refresh(stream, now);
            return true;
        });
    }

    // When it comes back the stream that runs has what it can take, and this shard sees what is in force.
    asio::awaitable<Answer<StreamBook::Done>> edit(const std::string& name, const StreamBook::Edit& change) {
        auto done = co_await net::ask(around_.desk, [&] { return around_.book.edit(name, change); });
        if (!done) co_return done;
        if (const auto stream = running(name); stream != nullptr)
            co_await on_stream(stream, [&](stream::Stream& of, base::Now now) { of.set_options(done->options, now); });
        co_return done;
    }

    [[nodiscard]] json::object described(const std::string& name, const StreamBook::Done& done,
                                         const net::RequestContext& context) const {
        json::object object =
            describe_options(name, *around_.config.get(context.shard), *around_.overlay.get(context.shard));
        object["changed"] = describe_changes(done.changed);
        return object;
    }

    Handled set_paused(net::RequestContext& context, bool is_paused) {
        const std::string name = id_in(context);
        if (!is_known(name, context)) co_return no_stream();
        auto done = co_await edit(name, [&](config::StreamEntry& entry) -> Answer<void> {
            DocumentNode change{.kind = DocumentNode::Kind::mapping};
            change.items.push_back(option("paused", config::print_value(is_paused)));
            // What the file says already needs no other word.
            if (around_.book.base_options(name).paused == is_paused)
                change.items.back().kind = DocumentNode::Kind::nothing;
            config::change_options(entry.options, change);
            return {};
        });
        co_return done ? answer_with(described(name, *done, context)) : std::move(done.error());
    }

    asio::awaitable<std::vector<stream::PushStatus>> statuses(const std::string& name) {
        co_return co_await net::ask(around_.desk, [&] { return around_.book.restreaming().list(name); });
    }

    [[nodiscard]] Answer<config::PushTarget> read_target(const DocumentNode& body, const std::string& stream,
                                                         const config::StreamEntry& entry) const {
        const auto wrong = [](std::string_view field, const std::string& what) {
            return std::unexpected(
                api_error(Status::unprocessable_content, "bad_value", std::string(field) + ": " + what, field));
        };
        config::PushTarget target;
        config::Problems problems;
        config::Origins origins;
        config::Reader("", problems, origins).read_struct(body, "", target);
        if (!problems.empty()) return std::unexpected(api_error(problems, ""));
        if (target.url.empty()) return wrong("url", "is missing: write where the stream is sent");
        if (const auto good = around_.book.restreaming().check(stream, target.url); !good)
            return wrong("url", good.error());
        if (target.rung != "source")
            if (const auto good = base::check_rung_name(target.rung); !good)
                return wrong("rung", std::string(good.error().text));
        const auto is_same = [&](const config::PushTarget& one) {
            return one.url == target.url && one.rung == target.rung;
        };
        if (std::ranges::any_of(entry.pushes, is_same))
            return std::unexpected(
                api_error(Status::conflict, "push_exists", "the stream is sent there already", "url"));
        target.id = next_id(entry);
        return target;
    }

    [[nodiscard]] static std::string next_id(const config::StreamEntry& entry) {
        std::uint64_t most = 0;
        for (const config::PushTarget& push : entry.pushes) {
            std::uint64_t number = 0;
            (void)std::from_chars(push.id.data(), push.id.data() + push.id.size(), number);
            most = std::max(most, number);
        }
        return std::to_string(most + 1);
    }

    const ControlSurroundings& around_;
};

}  // namespace

std::vector<net::Route> control_routes(const ControlSurroundings& around) {
    using enum http::Method;
    const auto control = std::make_shared<Control>(around);
    const auto route = [&](http::Method method, std::string_view pattern, auto verb) {
        net::AwaitableHandler handler = [control, verb](const http::Request& request, net::RequestContext& context) {
            return ((*control).*verb)(request, context);
        };
        return net::Route{method, pattern, net::Audience::api, guarded(around.config, std::move(handler))};
    };
    return {
        route(post, "/api/v1/streams", &Control::create),
        route(remove, "/api/v1/streams/{app}/{name}", &Control::remove),
        route(get, "/api/v1/streams/{app}/{name}/config", &Control::show),
        route(put, "/api/v1/streams/{app}/{name}/config", &Control::configure),
        route(post, "/api/v1/streams/{app}/{name}/pause", &Control::pause),
        route(post, "/api/v1/streams/{app}/{name}/resume", &Control::resume),
        route(get, "/api/v1/streams/{app}/{name}/push", &Control::list_pushes),
        route(post, "/api/v1/streams/{app}/{name}/push", &Control::push),
        route(remove, "/api/v1/streams/{app}/{name}/push/{push}", &Control::stop_push),
    };
}

}  // namespace weir::api
