// From a tree of texts to the structs: a visitor of `fields`. Whatever does not fit becomes a `Problem` with its place, and the
// member keeps what it had. Readers of several sources run over one `Config`, each over what the last one left.
#pragma once

#include "config/check.hpp"
#include "config/config.hpp"
#include "config/document.hpp"
#include "config/problem.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// Where each key that was written stands: `streams.defaults.segment` -> file, line, column.
struct Origin {
    std::string source;
    Place place;
};
using Origins = std::map<std::string, Origin>;

class Reader {
  public:
    /// Both must outlive the reader.
    Reader(std::string source, Problems& problems, Origins& origins)
        : source_(std::move(source)), problems_(problems), origins_(origins) {}

    void read(const DocumentNode& document, Config& config) { read_fields(document, "", config); }
    /// The options of one stream, over those that `config` has for it. Its `ladder` may be a list of rungs as well: one of its own.
    void read_stream(const DocumentNode& written, const std::string& id, Config& config);
    /// Any one struct that stands for itself.
    template <base::HasFields T>
    void read_struct(const DocumentNode& written, const std::string& path, T& into) {
        read_fields(written, path, into);
    }
    void complain(Place place, std::string key, Complaint complaint);

  private:
    /// Reads a mapping into a struct and returns the names of the keys that it sets.
    template <base::HasFields T>
    std::vector<std::string_view> read_fields(const DocumentNode& written, const std::string& path, T& into);

    template <typename Owner, typename Member>
    void read_member(const DocumentNode& node, const std::string& path, Member& member, const Key& key,
                     const auto&... range);
    template <typename Owner, Scalar T>
    void read_value(const DocumentNode& node, const std::string& path, T& member, const Key& key, const auto&... range);

    void read_value(const DocumentNode& node, const std::string& path, std::vector<std::string>& list);
    void read_value(const DocumentNode& node, const std::string& path, std::vector<Hook>& hooks);
    void read_value(const DocumentNode& node, const std::string& path, std::map<std::string, Ladder>& ladders);
    void read_value(const DocumentNode& node, const std::string& path, Streams& streams);
    void read_value(const DocumentNode& node, const std::string& path, EmptyList&);
    void read_value(const DocumentNode& node, const std::string& path, EmptyMapping&);
    void read_ladder(const DocumentNode& node, const std::string& path, Ladder& ladder);
    void read_rule(const DocumentNode& node, const std::string& path, Streams& streams);

    /// `node`, opened when it is a text from a command; null, with a problem, when it is not of `kind`.
    const DocumentNode* open(const DocumentNode& node, DocumentNode::Kind kind, const std::string& path);
    void check_keys(const DocumentNode& mapping, const std::string& path, std::span<const std::string_view> names);
    void check_repeated(const DocumentNode& mapping, const std::string& path);

    std::string source_;
    Problems& problems_;
    Origins& origins_;
    std::vector<std::unique_ptr<DocumentNode>> opened_;  ///< trees of texts from commands
};

/// The texts of a list as one, with blanks between; a mapping where one is none.
[[nodiscard]] DocumentNode joined(const DocumentNode& list);
[[nodiscard]] const DocumentNode* find(const DocumentNode& mapping, std::string_view key) noexcept;
[[nodiscard]] std::string join(const std::string& path, std::string_view key);

template <base::HasFields T>
std::vector<std::string_view> Reader::read_fields(const DocumentNode& written, const std::string& path, T& into) {
    std::vector<std::string_view> present;
    const DocumentNode* mapping = open(written, DocumentNode::Kind::mapping, path);
    if (mapping == nullptr) {
        return present;
    }
    std::vector<std::string_view> names;
    into.fields([&](std::string_view name, auto& member, const Key& key, const auto&... range) {
        names.push_back(name);
        const DocumentNode* node = find(*mapping, name);
        if (node == nullptr || node->kind == DocumentNode::Kind::nothing) {
            return;
        }
        present.push_back(name);
        const std::string member_path = join(path, name);
        origins_[member_path] = {.source = source_, .place = node->place};
        read_member<T>(*node, member_path, member, key, range...);
    });
    check_keys(*mapping, path, names);
    return present;
}

template <typename Owner, typename Member>
void Reader::read_member(const DocumentNode& node, const std::string& path, Member& member, const Key& key,
                         const auto&... range) {
    if constexpr (base::HasFields<Member>) {
        read_fields(node, path, member);
    } else if constexpr (Scalar<Member>) {
        read_value<Owner>(node, path, member, key, range...);
    } else {
        const std::size_t problems_before = problems_.size();
        read_value(node, path, member);
        const std::string_view name = std::string_view(path).substr(path.rfind('.') + 1);
        if (key.served == Served::no && problems_.size() == problems_before &&
            member != default_of<Owner, Member>(name)) {
            complain(node.place, path, {.what = "is not what this version of Weir can do yet", .mend = "leave it out"});
        }
    }
}

template <typename Owner, Scalar T>
void Reader::read_value(const DocumentNode& node, const std::string& path, T& member, const Key& key,
                        const auto&... range) {
    const std::string_view name = std::string_view(path).substr(path.rfind('.') + 1);
    const T fallback = default_of<Owner, T>(name);
    if constexpr (ListedScalar<T>) {
        if (node.kind == DocumentNode::Kind::list) {
            return read_value<Owner>(joined(node), path, member, key, range...);
        }
    }
    if (node.kind != DocumentNode::Kind::text) {
        complain(node.place, path,
                 {.what = node.kind == DocumentNode::Kind::list ? "is a list, and one value is due"
                                                                : "is a mapping, and one value is due",
                  .mend = "write " + std::string(name) + ": " + written(print_value(fallback))});
        return;
    }
    const auto value = check_text<T>(node.text, fallback, key, range...);
    if (value) {
        member = *value;
        return;
    }
    complain(
        node.place, path,
        {.what = (key.secret ? "" : config::quoted(node.text) + " ") + value.error().what, .mend = value.error().mend});
}

}  // namespace weir::config
