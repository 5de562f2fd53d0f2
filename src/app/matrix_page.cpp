#include "app/matrix_page.hpp"

#include "app/matrix.hpp"
#include "format/flv_tags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace weir::app {

namespace json = boost::json;

namespace {

std::vector<std::string_view> titles(const auto& rows, auto&& is_wanted) {
    std::vector<std::string_view> found;
    for (const auto& row : rows)
        if (is_wanted(row)) found.push_back(row.title);
    return found;
}

/// "all but X" where that is shorter.
std::string codec_list(const auto& way) {
    const auto is_taken = [&](const media::CodecInfo& row) { return why_not(way, row.codec).empty(); };
    const auto taken = titles(media::codecs(), is_taken);
    const auto refused = titles(media::codecs(), [&](const auto& row) { return !is_taken(row); });
    if (refused.empty()) return "all";
    if (refused.size() < taken.size() / 2) return fmt::format("all but {}", fmt::join(refused, ", "));
    return fmt::format("{}", fmt::join(taken, ", "));
}

std::string source_table() {
    std::string text = "| publish by | address | codecs | tested with |\n| --- | --- | --- | --- |\n";
    for (const MatrixSource& source : matrix_sources())
        text +=
            fmt::format("| {} | `{}` | {} | {} |\n", source.title, source.address, codec_list(source), source.clients);
    return text;
}

std::string form_table() {
    std::string text = "| play by | address | codecs |\n| --- | --- | --- |\n";
    for (const MatrixForm& form : matrix_forms())
        text += fmt::format("| {} | `{}` | {} |\n", form.title, form.address, codec_list(form));
    return text;
}

/// What FLV and RTMP cannot say by Flash's numbers.
std::string enhanced_codecs() {
    const auto is_enhanced = [](const media::CodecInfo& row) { return format::flv::is_enhanced(row.codec); };
    return fmt::format(
        "In FLV and over RTMP {} have a FourCC: that is Enhanced RTMP v2, and wants publishers and players that know "
        "it.\n",
        fmt::join(titles(media::codecs(), is_enhanced), ", "));
}

/// Forms that are carried by the same are one column.
struct Column {
    const format::Carriage* carriage;
    std::vector<std::string_view> forms;
};

std::vector<Column> columns() {
    std::vector<Column> found;
    for (const MatrixForm& form : matrix_forms()) {
        auto column = std::ranges::find(found, form.carriage, &Column::carriage);
        if (column == found.end()) column = found.insert(found.end(), {form.carriage, {}});
        column->forms.push_back(form.title);
    }
    return found;
}

std::string pair_table() {
    std::string head = "| codec | comes by |";
    std::string rule = "| --- | --- |";
    for (const Column& column : columns()) {
        head += fmt::format(" {} |", fmt::join(column.forms, "; "));
        rule += " --- |";
    }
    std::string text = head + '\n' + rule + '\n';
    for (const media::CodecInfo& codec : media::codecs()) {
        const auto brings = [&](const MatrixSource& source) { return why_not(source, codec.codec).empty(); };
        text += fmt::format("| {} | {} |", codec.title, fmt::join(titles(matrix_sources(), brings), "; "));
        for (const Column& column : columns())
            text += column.carriage->refusal(codec.codec).empty() ? " yes |" : " no |";
        text += '\n';
    }
    return text;
}

/// Each reason once, with what it is the reason of.
std::string reasons() {
    std::vector<std::pair<std::string_view, std::vector<std::string_view>>> found;
    const auto add = [&](std::string_view why, std::string_view where) {
        if (why.empty()) return;
        auto row = std::ranges::find(found, why, [](const auto& pair) { return pair.first; });
        if (row == found.end()) row = found.insert(found.end(), {why, {}});
        if (std::ranges::find(row->second, where) == row->second.end()) row->second.push_back(where);
    };
    for (const media::CodecInfo& codec : media::codecs()) {
        for (const MatrixSource& source : matrix_sources()) add(why_not(source, codec.codec), source.title);
        for (const MatrixForm& form : matrix_forms()) add(why_not(form, codec.codec), form.title);
    }
    std::string text = "| why not | where |\n| --- | --- |\n";
    for (const auto& [why, where] : found) text += fmt::format("| {} | {} |\n", why, fmt::join(where, "; "));
    return text;
}

std::string missing_sound() {
    const MatrixForm& hls = matrix_forms().front();
    const auto missing = titles(media::codecs(), [&](const media::CodecInfo& codec) {
        return codec.kind == media::Kind::audio && !why_not(hls, codec.codec).empty();
    });
    return fmt::format("{}", fmt::join(missing, ", "));
}

json::object refused_by(const auto& way) {
    json::object refused;
    for (const media::CodecInfo& codec : media::codecs())
        if (const std::string_view why = why_not(way, codec.codec); !why.empty()) refused[codec.name] = why;
    return refused;
}

json::array in_json(const auto& ways) {
    json::array rows;
    for (const auto& way : ways)
        rows.push_back({{"name", std::string_view(way.name)},
                        {"title", std::string_view(way.title)},
                        {"address", std::string_view(way.address)},
                        {"refused", refused_by(way)}});
    return rows;
}

}  // namespace

std::string matrix_block() { return source_table() + '\n' + form_table() + '\n' + enhanced_codecs(); }

std::string matrix_page() {
    return "# What works with what\n\n"
           "Ways in, ways out, and the codecs that take them. This page is made from the tables that the server goes "
           "by; do not edit it. "
           "`HOST` is the server, `mine` a stream.\n\n## In\n\n" +
           source_table() + "\n## Out\n\n" + form_table() + '\n' + enhanced_codecs() +
           "\n## Pairs\n\nA stream has one payload form, whatever it came by: what comes in one way goes out every way "
           "that has a place for "
           "its codec. `tests/e2e/matrix_test.py` publishes and plays each pair of this table.\n\n" +
           pair_table() + "\n## Reasons\n\n" + reasons() +
           "\nA track that a form has no place for is left out of it. Where nothing is left the form is not there, and "
           "whoever asks is told the "
           "reason: over HTTP with 404, over RTMP as `NetStream.Play.Failed`, over RTSP with 415, over SRT with its "
           "code 1415 (the journal has the words, at level debug). "
           "A publisher is told it the same way, or by the journal where another track of its is taken.\n\n"
           "With a [ladder](transcoding.md) the rungs beside the source are H.264, and any sound but AAC-LC of one or "
           "two channels is encoded for "
           "them as AAC, which is the rendition `stereo`: every form is there for the rungs, whatever the source. So "
           "is the sound that HLS and "
           "DASH have no place for (" +
           missing_sound() +
           "): beside a ladder's picture, the source's included, it is heard as that AAC. Where no rung is made "
           "(`ladder: none`, `transcode: "
           "never`, a source below every rung, sound without a picture) nobody encodes it; then HLS and DASH are "
           "without it, and the journal says "
           "so.\n";
}

std::string matrix_json() {
    json::array codecs;
    for (const media::CodecInfo& codec : media::codecs())
        codecs.push_back({{"name", codec.name}, {"title", codec.title}, {"kind", media::name(codec.kind)}});
    return json::serialize(json::object{{"codecs", std::move(codecs)},
                                        {"sources", in_json(matrix_sources())},
                                        {"forms", in_json(matrix_forms())}}) +
           '\n';
}

}  // namespace weir::app
