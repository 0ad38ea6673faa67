#include "engine/graph/listed_graph.h"

#include <charconv>
#include <cmath>
#include <set>
#include <unordered_map>

#include "engine/base/spelling.h"
#include "engine/graph/graph_builder.h"
#include "engine/graph/node_attributes.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<bool> truth_of(std::string_view text) {
  const auto word = lowercase(text);
  if (word == "true" || word == "yes" || word == "1") return true;
  if (word == "false" || word == "no" || word == "0" || word.empty()) return false;
  return std::nullopt;
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

class ListedReader {
 public:
  ListedReader(std::string_view text, const Limits& limits) : text_(text), builder_(text, limits) {}

  Result<Graph> read(const ListedGraph& listed) {
    for (const auto& node : listed.nodes) CAUSAL_GYM_CHECKED(add_node(node));
    for (const auto& edge : listed.edges) CAUSAL_GYM_CHECKED(add_edge(edge));
    return std::move(builder_).finish();
  }

 private:
  Status add_node(const ListedNode& listed) {
    const auto [known, is_new] = ids_.try_emplace(listed.id, 0);
    if (!is_new)
      return fail(ErrorCode::invalid_argument,
                  "the node with the id '" + listed.id + "' is declared twice",
                  text_position(text_, listed.offset));
    id_texts_.push_back(listed.id);
    CAUSAL_GYM_TRY(v, builder_.mention(name_of(listed), listed.offset));
    CAUSAL_GYM_CHECKED(builder_.declare(v, listed.offset));
    known->second = v;
    std::optional<double> x;
    std::optional<double> y;
    for (const auto& attribute : listed.attributes) {
      CAUSAL_GYM_CHECKED(set_flag(builder_.node(v), attribute));
      if (attribute.key != "x" && attribute.key != "y") continue;
      const auto number = number_of(trimmed(attribute.value));
      if (!number) return refuse_value(attribute, "is not a number");
      (attribute.key == "x" ? x : y) = number;
    }
    if (x && y) builder_.node(v).position = {*x, *y};
    return {};
  }

  static std::string_view name_of(const ListedNode& listed) {
    for (const auto* key : {"name", "label"})
      for (const auto& attribute : listed.attributes)
        if (attribute.key == key && !attribute.value.empty()) return attribute.value;
    return listed.id;
  }

  Status set_flag(Node& node, const ListedAttribute& attribute) const {
    for (const auto& flag : node_flags) {
      if (attribute.key != flag.word) continue;
      const auto truth = truth_of(trimmed(attribute.value));
      if (!truth) return refuse_value(attribute, "is neither true nor false");
      node.*flag.member = *truth;
    }
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> refuse_value(const ListedAttribute& attribute,
                                                   std::string_view what) const {
    return fail(
        ErrorCode::parse_error,
        "the value '" + attribute.value + "' of '" + attribute.key + "' " + std::string(what),
        text_position(text_, attribute.offset));
  }

  enum class Kind { directed, bidirected, half_of_bidirected };

  Status add_edge(const ListedEdge& listed) {
    CAUSAL_GYM_TRY(from, end_of(listed, listed.source));
    CAUSAL_GYM_TRY(to, end_of(listed, listed.target));
    CAUSAL_GYM_TRY(kind, kind_of(listed));
    if (kind == Kind::directed) return builder_.add_directed(from, to, listed.offset);
    if (kind == Kind::half_of_bidirected) {
      if (halves_.contains({to, from})) return {};
      halves_.insert({from, to});
    }
    return builder_.add_bidirected(from, to, listed.offset);
  }

  Result<NodeId> end_of(const ListedEdge& listed, const std::string& id) const {
    if (const auto found = ids_.find(id); found != ids_.end()) return found->second;
    return fail(ErrorCode::unknown_name, "an edge ends at '" + id + "', which no node has as id",
                text_position(text_, listed.offset), spelling_suggestion(id, id_texts_));
  }

  Result<Kind> kind_of(const ListedEdge& listed) const {
    bool directed = listed.directed;
    std::optional<Kind> kind;
    for (const auto& attribute : listed.attributes) {
      const auto value = trimmed(attribute.value);
      if (attribute.key == "bidirected") {
        const auto truth = truth_of(value);
        if (!truth) return refuse_value(attribute, "is neither true nor false");
        if (*truth) kind = Kind::bidirected;
      }
      const bool is_type = attribute.key == "type";
      if (is_type && (value == "bidirected" || value == "<->")) kind = Kind::bidirected;
      if (is_type && (value == "undirected" || value == "--")) directed = false;
      if (attribute.key == "dir" && value == "both") kind = Kind::bidirected;
      if (attribute.key == "description" && value == "U") kind = Kind::half_of_bidirected;
    }
    if (kind) return *kind;
    if (directed) return Kind::directed;
    return fail(
        ErrorCode::parse_error,
        "the edge between '" + listed.source + "' and '" + listed.target + "' has no direction",
        text_position(text_, listed.offset),
        "make the graph directed; a latent common cause is an edge with bidirected=true");
  }

  std::string_view text_;
  GraphBuilder builder_;
  std::unordered_map<std::string, NodeId> ids_;
  std::vector<std::string> id_texts_;
  std::set<std::pair<NodeId, NodeId>> halves_;  // edges of description "U", as they were written
};

}  // namespace

Status check_listed_size(std::string_view text, const ListedGraph& listed, std::size_t offset,
                         const Limits& limits) {
  auto status = check_limit("nodes", listed.nodes.size(), limits.nodes);
  if (status) status = check_limit("edges", listed.edges.size(), limits.edges);
  if (!status) status.error().where = text_position(text, offset);
  return status;
}

Result<Graph> graph_of_lists(std::string_view text, const ListedGraph& listed,
                             const Limits& limits) {
  return ListedReader(text, limits).read(listed);
}

}  // namespace causal_gym
