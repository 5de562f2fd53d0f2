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

/// A source encodes nothing.
bool is_encoded(const MatrixSource&, media::Codec) noexcept { return false; }

/// "all but X" where that is shorter.
std::string codec_list(const auto& way) {
    const auto is_taken = [&](const media::CodecInfo& row) { return why_not(way, row.codec).empty(); };
    const auto is_heard = [&](const media::CodecInfo& row) { return is_encoded(way, row.codec); };
    const auto taken = titles(media::codecs(), is_taken);
    const auto encoded = titles(media::codecs(), is_heard);
    const auto refused = titles(media::codecs(), [&](const auto& row) { return !is_taken(row) && !is_heard(row); });
    const std::string more = encoded.empty() ? "" : fmt::format("; {} as AAC", fmt::join(encoded, ", "));
    if (refused.empty()) return "all" + more;
    if (refused.size() < taken.size() / 2) return fmt::format("all but {}{}", fmt::join(refused, ", "), more);
    return fmt::format("{}{}", fmt::join(taken, ", "), more);
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

/// Forms that have a place for the same are one column.
struct Column {
    const MatrixForm* first;
    std::vector<std::string_view> forms;
};

std::vector<Column> columns() {
    std::vector<Column> found;
    for (const MatrixForm& form : matrix_forms()) {
        auto column = std::ranges::find_if(found, [&](const Column& one) {
            return one.first->carriage == form.carriage && one.first->has_encoded_sound == form.has_encoded_sound;
        });
        if (column == found.end()) column = found.insert(found.end(), {&form, {}});
        column->forms.push_back(form.title);
    }
    return found;
}

std::string_view passage(const MatrixForm& form, media::Codec codec) {
    return is_encoded(form, codec) ? "as AAC" : why_not(form, codec).empty() ? "yes" : "no";
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
        for (const Column& column : columns()) text += fmt::format(" {} |", passage(*column.first, codec.codec));
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

std::string encoded_sound() {
    const auto is_heard = [](const media::CodecInfo& codec) {
        return std::ranges::any_of(matrix_forms(), [&](const auto& form) { return is_encoded(form, codec.codec); });
    };
    return fmt::format("{}", fmt::join(titles(media::codecs(), is_heard), ", "));
}

/// The codecs that are not passed on as they are, with the reason: those that are encoded, or those that are not there.
json::object changed_by(const auto& way, bool encoded) {
    json::object changed;
    for (const media::CodecInfo& codec : media::codecs())
        if (const std::string_view why = why_not(way, codec.codec);
            !why.empty() && is_encoded(way, codec.codec) == encoded)
            changed[codec.name] = why;
    return changed;
}

json::array in_json(const auto& ways) {
    json::array rows;
    for (const auto& way : ways)
        rows.push_back({{"name", std::string_view(way.name)},
                        {"title", std::string_view(way.title)},
                        {"address", std::string_view(way.address)},
                        {"refused", changed_by(way, false)},
                        {"encoded", changed_by(way, true)}});
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
           "Sound that segments of MP4 or of MPEG-TS have no place for (" +
           encoded_sound() +
           ") is [encoded](transcoding.md#sound) by a worker as AAC, with a ladder or without, for every form that has "
           "none for it; by itself it "
           "is the rendition `stereo`. `transcode: never` turns it off. With a ladder the rungs beside the source are "
           "H.264, "
           "and any sound but AAC-LC of one or two channels is encoded for them: every form is there for the rungs, "
           "whatever the source.\n";
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
