#include "app/ctl_verbs.hpp"

#include "app/ctl.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weir::app {

namespace json = boost::json;
using proto::http::Method;

namespace {

// What was written on the command line.
struct Words {
    CtlServer server;
    std::string stream;
    std::string address;
    std::string rung;
    std::string id;
    std::vector<std::string> options;
};

int complain(const std::string& text) {
    (void)std::fwrite(text.data(), 1, text.size(), stderr);
    return 2;
}

int ask(const Words& words, Method method, const std::string& behind, const std::string& body = {}) {
    const std::string path = ctl_stream_path(words.stream, behind);
    if (path.empty()) return complain(words.stream + ": is no stream; write APP/NAME, as in live/demo\n");
    return ctl(words.server, {.method = method, .path = path, .body = body});
}

int push(const Words& words) {
    if (!words.id.empty()) return ask(words, Method::remove, "/push/" + words.id);
    if (words.address.empty()) return ask(words, Method::get, "/push");
    json::object body{{"url", words.address}};
    if (!words.rung.empty()) body["rung"] = words.rung;
    return ask(words, Method::post, "/push", json::serialize(body));
}

// `hold=30s` sets, `hold=` takes back to the file's.
int configure(const Words& words) {
    if (words.options.empty()) return ask(words, Method::get, "/config");
    json::object body;
    for (const std::string& option : words.options) {
        const std::size_t equals = option.find('=');
        if (equals == std::string::npos) return complain(option + ": sets nothing; write hold=30s\n");
        const std::string value = option.substr(equals + 1);
        body[option.substr(0, equals)] = value.empty() ? json::value(nullptr) : json::value(value);
    }
    return ask(words, Method::put, "/config", json::serialize(body));
}

struct Verb {
    const char* name;
    const char* what;
    const char* example;
    bool takes_stream;
    std::function<int(const Words&)> run;
};

std::vector<Verb> verbs() {
    return {
        {"streams", "list the streams", "weir ctl streams", false,
         [](const Words& words) { return ctl(words.server, {.method = Method::get, .path = "/streams?limit=1000"}); }},
        {"stats", "what a stream receives and delivers", "weir ctl stats live/demo", true,
         [](const Words& words) { return ask(words, Method::get, "/stats"); }},
        {"stop", "end a stream, and forget what was set for it", "weir ctl stop live/demo", true,
         [](const Words& words) { return ask(words, Method::remove, ""); }},
        {"pause", "take nothing in until resume; viewers wait", "weir ctl pause live/demo", true,
         [](const Words& words) { return ask(words, Method::post, "/pause"); }},
        {"resume", "end a pause", "weir ctl resume live/demo", true,
         [](const Words& words) { return ask(words, Method::post, "/resume"); }},
        {"config", "show or change the options of a stream", "weir ctl config live/demo hold=30s ladder=none", true,
         &configure},
        {"sessions", "who publishes and who watches", "weir ctl sessions", false,
         [](const Words& words) { return ctl(words.server, {.method = Method::get, .path = "/sessions?limit=1000"}); }},
        {"kick", "send a publisher or a viewer away", "weir ctl kick v-17", false,
         [](const Words& words) {
             return ctl(words.server, {.method = Method::remove, .path = "/sessions/" + words.id});
         }},
        {"push", "send a stream to another server, list where it is sent, or stop that",
         "weir ctl push live/demo rtmp://example.org/live/KEY", true, &push},
    };
}

void add_options(CLI::App& verb, const std::string& name, Words& words) {
    if (name == "config") verb.add_option("options", words.options, "key=value ...; key= takes it back to the file's");
    if (name == "kick") verb.add_option("id", words.id, "as `weir ctl sessions` lists it")->required();
    if (name != "push") return;
    verb.add_option("address", words.address, "where to; without it the targets are listed");
    verb.add_option("--rung", words.rung, "which rendition; without it the source");
    verb.add_option("--stop", words.id, "the id of the target to send to no longer");
}

}  // namespace

void add_ctl_verbs(CLI::App& ctl, std::function<int()>& run) {
    ctl.require_subcommand(1);
    const auto words = std::make_shared<Words>();
    for (Verb& row : verbs()) {
        CLI::App* verb = ctl.add_subcommand(row.name, row.what);
        verb->footer(std::string("Example:\n  ") + row.example);
        if (row.takes_stream) verb->add_option("stream", words->stream, "APP/NAME")->required();
        add_options(*verb, row.name, *words);
        verb->add_option("--url", words->server.url, "the server")->capture_default_str();
        verb->add_option("--token", words->server.token, "one of its auth.keys, where it asks for one");
        verb->add_flag("--json", words->server.json, "the answer as it came");
        verb->callback([&run, words, act = std::move(row.run)] { run = [words, act] { return act(*words); }; });
    }
}

}  // namespace weir::app
