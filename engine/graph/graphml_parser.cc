#include <map>
#include <pugixml.hpp>

#include "engine/graph/listed_graph.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

constexpr std::size_t max_declared_keys = 256;

// An attribute that the document declares: its meaning and what it is where nothing is said.
struct Key {
  std::string name;
  std::string applies_to;  // node, edge, all, ...
  std::optional<std::string> standard;
};

std::size_t offset_of(const pugi::xml_node& element) {
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(element.offset_debug(), 1)) - 1;
}

// "node" of "graphml:node".
std::string_view local_name(const pugi::xml_node& element) {
  const std::string_view name = element.name();
  return name.substr(name.rfind(':') + 1);  // npos + 1 is 0
}

class GraphmlReader {
 public:
  GraphmlReader(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<ListedGraph> read() {
    pugi::xml_document document;
    if (const auto zero = text_.find('\0'); zero != std::string_view::npos)
      return refuse("unexpected control character 0", zero);
    const auto status = document.load_buffer(text_.data(), text_.size(),
                                             pugi::parse_default | pugi::parse_ws_pcdata_single,
                                             pugi::encoding_utf8);
    if (!status)
      return refuse(std::string("the XML cannot be read: ") + status.description(),
                    static_cast<std::size_t>(std::max<std::ptrdiff_t>(status.offset, 0)));
    const auto root = document.document_element();
    if (local_name(root) != "graphml")
      return refuse("expected the element 'graphml', found '" + std::string(root.name()) + "'",
                    offset_of(root));
    CAUSAL_GYM_CHECKED(read_keys(root));
    pugi::xml_node graph;
    for (const auto& element : root.children()) {
      if (local_name(element) != "graph") continue;
      if (graph) return refuse("the document holds a second graph", offset_of(element));
      graph = element;
    }
    if (!graph) return refuse("expected an element 'graph' in 'graphml'", offset_of(root));
    CAUSAL_GYM_CHECKED(read_graph(graph));
    return std::move(listed_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse(std::string message, std::size_t offset,
                                             std::string suggestion = {}) const {
    return fail(ErrorCode::parse_error, std::move(message), text_position(text_, offset),
                std::move(suggestion));
  }

  Result<std::string> require(const pugi::xml_node& element, const char* attribute) const {
    if (const auto found = element.attribute(attribute)) return std::string(found.value());
    return refuse(
        "the element '" + std::string(element.name()) + "' has no attribute '" + attribute + "'",
        offset_of(element));
  }

  Status read_keys(const pugi::xml_node& root) {
    for (const auto& element : root.children()) {
      if (local_name(element) != "key") continue;
      CAUSAL_GYM_TRY(id, require(element, "id"));
      Key key{element.attribute("attr.name").as_string(id.c_str()),
              element.attribute("for").as_string("all"), std::nullopt};
      for (const auto& child : element.children())
        if (local_name(child) == "default") key.standard = child.child_value();
      if (!keys_.try_emplace(id, std::move(key)).second)
        return refuse("the key '" + id + "' is declared twice", offset_of(element));
      CAUSAL_GYM_CHECKED(check_limit("declared keys", keys_.size(), max_declared_keys));
    }
    return {};
  }

  Status read_graph(const pugi::xml_node& graph) {
    const std::string_view standard = graph.attribute("edgedefault").as_string("undirected");
    for (const auto& element : graph.children()) {
      const auto name = local_name(element);
      if (name == "node") CAUSAL_GYM_CHECKED(read_node(element));
      if (name == "edge") CAUSAL_GYM_CHECKED(read_edge(element, standard == "directed"));
      if (name == "hyperedge" || name == "graph")
        return refuse("a '" + std::string(name) + "' inside a graph is no causal graph",
                      offset_of(element));
    }
    return {};
  }

  Status read_node(const pugi::xml_node& element) {
    CAUSAL_GYM_TRY(id, require(element, "id"));
    ListedNode node{std::move(id), offset_of(element), {}};
    CAUSAL_GYM_CHECKED(read_data(element, "node", node.attributes));
    listed_.nodes.push_back(std::move(node));
    return check_listed_size(text_, listed_, offset_of(element), limits_);
  }

  Status read_edge(const pugi::xml_node& element, bool standard) {
    ListedEdge edge;
    CAUSAL_GYM_TRY(source, require(element, "source"));
    CAUSAL_GYM_TRY(target, require(element, "target"));
    edge.source = std::move(source);
    edge.target = std::move(target);
    edge.offset = offset_of(element);
    edge.directed = element.attribute("directed").as_bool(standard);
    CAUSAL_GYM_CHECKED(read_data(element, "edge", edge.attributes));
    listed_.edges.push_back(std::move(edge));
    return check_listed_size(text_, listed_, offset_of(element), limits_);
  }

  // The element's own data, then the defaults of keys that it leaves out.
  Status read_data(const pugi::xml_node& element, std::string_view kind,
                   std::vector<ListedAttribute>& attributes) const {
    std::map<std::string, bool> given;
    for (const auto& data : element.children()) {
      if (local_name(data) == "graph")
        return refuse("a graph inside a node is no causal graph", offset_of(data));
      if (local_name(data) != "data") continue;
      CAUSAL_GYM_TRY(id, require(data, "key"));
      const auto key = keys_.find(id);
      if (key == keys_.end())
        return fail(ErrorCode::unknown_name, "the key '" + id + "' is not declared",
                    text_position(text_, offset_of(data)),
                    "add <key id=\"" + id + "\" for=\"" + std::string(kind) + "\" .../>");
      if (!given.try_emplace(id, true).second)
        return refuse("the key '" + id + "' is given twice", offset_of(data));
      attributes.push_back({key->second.name, data.child_value(), offset_of(data)});
    }
    for (const auto& [id, key] : keys_)
      if (key.standard && (key.applies_to == kind || key.applies_to == "all") &&
          !given.contains(id))
        attributes.push_back({key.name, *key.standard, offset_of(element)});
    return {};
  }

  std::string_view text_;
  const Limits& limits_;
  std::map<std::string, Key> keys_;
  ListedGraph listed_;
};

}  // namespace

Result<Graph> parse_graphml(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of a graph text", text.size(), limits.graph_text_bytes));
  CAUSAL_GYM_TRY(listed, GraphmlReader(text, limits).read());
  return graph_of_lists(text, listed, limits);
}

}  // namespace causal_gym
