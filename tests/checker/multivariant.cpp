#include "checker/multivariant.hpp"

#include "checker/lines.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::checker {

namespace {

class Reader {
  public:
    explicit Reader(Findings& findings) : findings_(findings) {}

    Multivariant read(std::string_view text) {
        findings_.require(text.starts_with("#EXTM3U\n"), Rule::first_line, "it begins otherwise");
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        findings_.require(!variant_, Rule::variant, "EXT-X-STREAM-INF without a URI line");
        findings_.require(!made_.variants.empty(), Rule::variant, "there is none");
        for (const Variant& variant : made_.variants) check(variant);
        return std::move(made_);
    }

  private:
    void line(std::string_view line) {
        if (line.empty() || line == "#EXTM3U") return;
        if (!line.starts_with('#')) return uri(line);
        if (!line.starts_with("#EXT")) return;
        findings_.require(!variant_, Rule::variant, "{} between EXT-X-STREAM-INF and its URI", line);
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        if (name == "#EXT-X-STREAM-INF") return stream(value);
        if (name == "#EXT-X-MEDIA") return media(value);
        if (name == "#EXT-X-VERSION") made_.version = parse_integer(value).value_or(0);
        else if (name == "#EXT-X-INDEPENDENT-SEGMENTS") made_.independent_segments = true;
        else if (name == "#EXT-X-I-FRAME-STREAM-INF") {
            const Attributes list = attributes(value);
            findings_.require(list.quoted("URI") && list.integer("BANDWIDTH"), Rule::variant, "{}", line);
        } else findings_.require(false, Rule::kind_of_tag, "{} in a multivariant playlist", name);
    }

    Attributes attributes(std::string_view value) {
        const auto list = Attributes::parse(value);
        findings_.require(list.has_value(), Rule::well_formed, "{}", value);
        return list.value_or(Attributes());
    }

    void stream(std::string_view value) {
        const Attributes list = attributes(value);
        const auto bandwidth = list.integer("BANDWIDTH");
        findings_.require(bandwidth.has_value(), Rule::variant, "there is no BANDWIDTH in {}", value);
        variant_ = Variant{.address = {},
                           .uri = {},
                           .bandwidth = bandwidth.value_or(0),
                           .codecs = std::string(list.quoted("CODECS").value_or("")),
                           .audio = std::string(list.quoted("AUDIO").value_or(""))};
    }

    void media(std::string_view value) {
        const Attributes list = attributes(value);
        const auto type = list.bare("TYPE");
        const auto group = list.quoted("GROUP-ID");
        findings_.require(type && group && list.quoted("NAME"), Rule::group, "TYPE, GROUP-ID and NAME are required: {}",
                          value);
        const std::string_view uri = list.quoted("URI").value_or("");
        made_.alternatives.push_back({.type = std::string(type.value_or("")),
                                      .group = std::string(group.value_or("")),
                                      .address = resolve("", uri),
                                      .uri = std::string(uri)});
    }

    void uri(std::string_view uri) {
        findings_.require(variant_.has_value(), Rule::variant, "{} has no EXT-X-STREAM-INF", uri);
        if (!variant_) return;
        variant_->uri = uri;
        variant_->address = resolve("", uri);
        made_.variants.push_back(*std::exchange(variant_, std::nullopt));
    }

    void check(const Variant& variant) {
        const auto is_its = [&](const Alternative& one) { return one.type == "AUDIO" && one.group == variant.audio; };
        findings_.require(variant.audio.empty() || std::ranges::any_of(made_.alternatives, is_its), Rule::group,
                          "there is no group {} for {}", variant.audio, variant.uri);
    }

    Findings& findings_;
    Multivariant made_;
    std::optional<Variant> variant_;
};

}  // namespace

std::vector<std::string> Multivariant::addresses() const {
    std::vector<std::string> found;
    const auto add = [&](const std::string& address) {
        if (!address.empty() && std::ranges::find(found, address) == found.end()) found.push_back(address);
    };
    for (const Variant& variant : variants) add(variant.address);
    for (const Alternative& alternative : alternatives) add(alternative.address);
    return found;
}

Multivariant read_multivariant(std::string_view text, Findings& findings) { return Reader(findings).read(text); }

}  // namespace weir::checker
