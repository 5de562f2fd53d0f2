#include "app/probe.hpp"

#include "app/probe_reader.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace weir::app {

namespace {

constexpr std::size_t piece_bytes = 256U << 10;
constexpr std::string_view what_can =
    "weir probe takes a file (FLV, MPEG-TS, fragmented MP4), rtmp://, rtmps://, or http:// with FLV, MPEG-TS, "
    "fragmented MP4 or HLS";

std::unexpected<std::string> failure(std::string_view source, std::string_view text) {
    return std::unexpected(fmt::format("{}: {}", source, text));
}

}  // namespace

std::expected<ProbeReport, std::string> probe_file(const std::string& path, const ProbeOptions& options) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) return failure(path, "the file cannot be read");
    ProbeFindings findings;
    ProbeReader reader(findings);
    std::vector<char> piece(piece_bytes);
    std::uint64_t bytes = 0;
    std::string ended;
    const auto is_enough = [&] { return options.duration && findings.duration().to_duration() >= *options.duration; };
    while (!is_enough()) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        const auto count = static_cast<std::size_t>(file.gcount());
        if (count == 0) break;
        const auto taken = reader.receive(base::as_bytes(std::string_view(piece.data(), count)));
        if (!taken && findings.is_empty()) return failure(path, taken.error().text);
        if (!taken) {
            ended = taken.error().text;
            break;
        }
        // A large file takes a while; a line for each 64 MiB.
        if (options.progress && (bytes >> 26) != ((bytes + count) >> 26))
            options.progress(findings.duration().to_duration(), bytes);
        bytes += count;
    }
    if (const auto finished = reader.finish(); !finished && findings.is_empty())
        return failure(path, finished.error().text);
    ProbeReport report = findings.report();
    report.bytes = bytes;
    report.ended = std::move(ended);
    return report;
}

std::expected<ProbeReport, std::string> probe(const std::string& source, const ProbeOptions& options) {
    const bool is_address = source.find("://") != std::string::npos;
    std::expected<ProbeReport, std::string> report;
    if (!is_address) {
        report = probe_file(source, options);
    } else {
        const auto url = parse_watch_url(source);
        if (!url) return failure(source, what_can);
        const auto* http = std::get_if<HttpUrl>(&*url);
        const std::string_view path =
            http == nullptr ? std::string_view() : std::string_view(http->path).substr(0, http->path.find('?'));
        report = path.ends_with(".m3u8") ? probe_hls(*http, options) : probe_endless(*url, options);
    }
    if (!report) return report;
    report->source = source;
    if (!report->tracks.empty()) return report;
    std::string why = "nothing in it is served";
    for (const std::string& refusal : report->refusals) why += "; " + refusal;
    return failure(source, report->refusals.empty() ? "no picture and no sound came" : why);
}

}  // namespace weir::app
