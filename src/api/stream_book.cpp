#include "api/stream_book.hpp"

#include "api/body.hpp"
#include "config/difference.hpp"

#include <fmt/format.h>

#include <utility>

namespace weir::api {

using proto::http::Status;

StreamBook::StreamBook(Surroundings around, const std::filesystem::path& store)
    : around_(std::move(around)), file_(store / "streams.json", config::largest_document) {}

void StreamBook::set_base(config::ConfigRef base) {
    base_ = std::move(base);
    if (!std::exchange(was_read_, true) || !trouble_.empty()) read();
    Laid laid = lay(overlay_);
    for (const auto& [stream, problems] : laid.problems)
        around_.log.with({.stream = stream})
            .error("what the API has set does not fit the configuration: it is left out",
                   {{"problem", problems.front().text()}});
    config::Overlay same = overlay_;
    enforce(std::move(same), std::move(laid));
    around_.reloaded(laid_);
}

void StreamBook::read() {
    trouble_.clear();
    const auto text = file_.read();
    if (text && !*text) return;
    auto overlay = text ? config::parse_overlay(file_.path().string(), **text)
                        : std::unexpected(config::Problems{{.source = file_.path().string(), .what = text.error()}});
    if (overlay) {
        overlay_ = *std::move(overlay);
        return;
    }
    trouble_ = overlay.error().front().text();
    around_.log.error(
        "what the API has set for streams cannot be read, and is not in force; mend the file, or take it away",
        {{"problem", trouble_}});
}

StreamBook::Laid StreamBook::lay(const config::Overlay& overlay) const {
    auto config = std::make_shared<config::Config>(*base_);
    Laid laid;
    for (const auto& [id, entry] : overlay.streams) {
        config::Problems problems = config::lay_over(*config, id, entry, "streams.json");
        if (!problems.empty()) laid.problems.emplace(id, std::move(problems));
    }
    laid.config = std::move(config);
    return laid;
}

StreamBook::Answer<StreamBook::Done> StreamBook::edit(const std::string& stream, const Edit& change_entry) {
    config::Overlay next = overlay_;
    config::StreamEntry& entry = next.streams[stream];
    if (auto changed = change_entry(entry); !changed) {
        counts_.refused.add();
        return std::unexpected(std::move(changed.error()));
    }
    if (entry.is_empty()) next.streams.erase(stream);
    return change(std::move(next), stream);
}

StreamBook::Answer<bool> StreamBook::forget(const std::string& stream) {
    config::Overlay next = overlay_;
    if (next.streams.erase(stream) == 0) return false;
    auto changed = change(std::move(next), stream);
    if (!changed) return std::unexpected(std::move(changed.error()));
    return true;
}

StreamBook::Answer<StreamBook::Done> StreamBook::change(config::Overlay next, const std::string& stream) {
    Laid laid = lay(next);
    Answer<void> good = check(next, laid, stream);
    if (good) good = keep(config::print_overlay(next));
    if (!good) {
        counts_.refused.add();
        return std::unexpected(std::move(good.error()));
    }
    counts_.changes.add();
    const config::StreamOptions before = config::options_for(*laid_, stream);
    enforce(std::move(next), std::move(laid));
    Done done{.options = config::options_for(*laid_, stream), .changed = {}};
    done.changed = config::changed_options(before, done.options);
    for (const config::ChangedOption& option : done.changed)
        around_.log.with({.stream = stream})
            .info("option changed",
                  {{"key", option.key}, {"to", option.to}, {"effect", config::describe(option.change)}});
    return done;
}

StreamBook::Answer<void> StreamBook::check(const config::Overlay& overlay, const Laid& laid,
                                           const std::string& stream) const {
    if (!trouble_.empty())
        return std::unexpected(api_error(Status::service_unavailable, "store_broken",
                                         "nothing can be set while what was set before cannot be read: " + trouble_));
    if (overlay.streams.size() > around_.limits.streams)
        return std::unexpected(
            api_error(Status::service_unavailable, "too_many_streams",
                      fmt::format("something is set for {} streams already: delete some", around_.limits.streams)));
    const auto problems = laid.problems.find(stream);
    if (problems == laid.problems.end()) return {};
    return std::unexpected(api_error(problems->second, "streams." + stream + '.'));
}

StreamBook::Answer<void> StreamBook::keep(const std::string& text) {
    // What is kept can be read again: there are limits to a document besides its size.
    if (text.size() > around_.limits.text.bytes() || !config::parse_overlay(file_.path().string(), text))
        return std::unexpected(api_error(Status::service_unavailable, "store_full",
                                         "as much is set for streams as can be kept: delete some"));
    const auto kept = file_.write(text);
    if (kept) return {};
    around_.log.error("what the API sets for streams cannot be kept",
                      {{"file", file_.path().string()}, {"reason", kept.error()}});
    return std::unexpected(api_error(Status::internal_server_error, "store_failed",
                                     "store.path: what is set for streams " + kept.error()));
}

void StreamBook::enforce(config::Overlay overlay, Laid laid) {
    const config::Overlay before = std::exchange(overlay_, std::move(overlay));
    laid_ = std::move(laid.config);
    around_.config.set(laid_);
    around_.overlay.set(std::make_shared<const config::Overlay>(overlay_));
    for (const auto& [id, entry] : before.streams)
        if (!overlay_.streams.contains(id)) around_.restreaming.set(id, {});
    for (const auto& [id, entry] : overlay_.streams) around_.restreaming.set(id, entry.pushes);
}

}  // namespace weir::api
