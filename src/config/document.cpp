#include "config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>

namespace weir::config {

namespace {

/// Thrown through yaml-cpp, and caught below: its handlers have no other way to stop.
struct Stop {
    SyntaxError error;
};

Place place_of(const YAML::Mark& mark) { return {.line = mark.line + 1, .column = mark.column + 1}; }

/// Builds the tree from the parser's events.
class Builder final : public YAML::EventHandler {
  public:
    [[nodiscard]] DocumentNode take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add({.kind = DocumentNode::Kind::nothing, .place = place_of(mark)}, anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  const std::string& value) override {
        add({.kind = DocumentNode::Kind::text, .place = place_of(mark), .text = value}, anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw Stop{{place_of(mark), "an alias refers to what it stands in"}};
        }
        nodes_ += found->second.size;
        DocumentNode copy = found->second.node;
        copy.place = place_of(mark);
        add(std::move(copy), 0);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open({.kind = DocumentNode::Kind::list, .place = place_of(mark)}, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open({.kind = DocumentNode::Kind::mapping, .place = place_of(mark)}, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open {
        DocumentNode node;
        YAML::anchor_t anchor;
        std::size_t nodes_before;
        std::optional<DocumentNode> key{};  ///< of a mapping: the key that waits for its value
    };
    struct Anchored {
        DocumentNode node;
        std::size_t size;
    };

    void open(DocumentNode node, YAML::anchor_t anchor) {
        if (open_.size() == deepest_nesting) {
            throw Stop{{node.place, "lists and mappings are nested more than 16 deep"}};
        }
        open_.push_back({.node = std::move(node), .anchor = anchor, .nodes_before = nodes_});
    }
    void close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        const std::size_t size = nodes_ - done.nodes_before;
        add(std::move(done.node), done.anchor, size);
    }
    void add(DocumentNode node, YAML::anchor_t anchor, std::size_t inside = 0) {
        if (++nodes_ > most_nodes) {
            throw Stop{{node.place, "there are more than 20000 values"}};
        }
        if (anchor != 0) {
            anchors_[anchor] = {.node = node, .size = inside};
        }
        if (open_.empty()) {
            root_ = std::move(node);
        } else if (open_.back().node.kind == DocumentNode::Kind::list) {
            open_.back().node.items.push_back(std::move(node));
        } else {
            add_to_mapping(open_.back(), std::move(node));
        }
    }
    static void add_to_mapping(Open& mapping, DocumentNode node) {
        if (mapping.key) {
            node.key = std::move(mapping.key->text);
            node.key_place = mapping.key->place;
            mapping.node.items.push_back(std::move(node));
            mapping.key.reset();
            return;
        }
        if (node.kind != DocumentNode::Kind::text) {
            throw Stop{{node.place, "a key is a plain word"}};
        }
        mapping.key = std::move(node);
    }

    DocumentNode root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t nodes_ = 0;
};

}  // namespace

std::expected<DocumentNode, SyntaxError> parse_document(std::string_view text) {
    if (text.size() > largest_document.bytes()) {
        return std::unexpected(SyntaxError{{}, "the file is larger than 1MiB"});
    }
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        Builder builder;
        parser.HandleNextDocument(builder);
        DocumentNode root = builder.take();
        Builder second;
        if (parser.HandleNextDocument(second)) {
            return std::unexpected(SyntaxError{second.take().place, "there is a second document (`---`)"});
        }
        return root;
    } catch (const Stop& stop) {
        return std::unexpected(stop.error);
    } catch (const YAML::Exception& exception) {
        return std::unexpected(SyntaxError{place_of(exception.mark), exception.msg});
    }
}

DocumentNode nested(const std::vector<std::string>& path, std::string text) {
    DocumentNode node{.kind = DocumentNode::Kind::text, .text = std::move(text), .from_command = true};
    for (auto key = path.rbegin(); key != path.rend(); ++key) {
        node.key = *key;
        DocumentNode outer{.kind = DocumentNode::Kind::mapping};
        outer.items.push_back(std::move(node));
        node = std::move(outer);
    }
    return node;
}

}  // namespace weir::config
