// What was set for single streams while the server ran (by the API), over what the file says: options of a stream, and where else
// it is sent. Kept as JSON beside the database, so that it is there after a restart; the keys and ranges are those of the file,
// read by the same reader. Values in, values out: the file itself is the business of api/stream_book.
#pragma once

#include "config/config.hpp"
#include "config/document.hpp"
#include "config/problem.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// Where a stream is sent besides its viewers.
struct PushTarget {
    std::string id;   ///< within the stream: "1"
    std::string url;  ///< may hold a key
    std::string rung = "source";

    void fields(this auto& self, auto&& visit) {
        visit("id", self.id, Key{.help = "Names the target among those of its stream."});
        visit("url", self.url, Key{.help = "The address to publish at.", .secret = true});
        visit("rung", self.rung, Key{.help = "Which rendition is sent: `source`, or a rung."});
    }
    friend bool operator==(const PushTarget&, const PushTarget&) = default;
};

/// All that was set for one stream.
struct StreamEntry {
    std::uint64_t created = 0;  ///< when somebody asked for the stream itself, in Unix seconds; 0: nobody did
    DocumentNode options{.kind = DocumentNode::Kind::mapping};  ///< as they were written
    std::vector<PushTarget> pushes;

    [[nodiscard]] bool is_empty() const noexcept { return created == 0 && options.items.empty() && pushes.empty(); }
};

struct Overlay {
    std::map<std::string, StreamEntry, std::less<>> streams;  ///< by `app/name`
};

/// Puts the options of `change` into `options`; one that is nothing (`null`) is taken out, so that the file's holds again.
void change_options(DocumentNode& options, const DocumentNode& change);

/// `base` with the entry of one stream over it, unless that does not fit: then `base` stays as it is, and these are the reasons.
[[nodiscard]] Problems lay_over(Config& base, const std::string& id, const StreamEntry& entry,
                                const std::string& source);

/// `file` is its name, for the problems.
[[nodiscard]] std::expected<Overlay, Problems> parse_overlay(const std::string& file, std::string_view text);
/// `parse_overlay(print_overlay(x))` is x.
[[nodiscard]] std::string print_overlay(const Overlay& overlay);

}  // namespace weir::config
