// Identification from lists of distributions (experiments, populations, selected samples) against
// cases from the test suites of other tools. Estimands are compared by value only: with the truth
// of random models, and with the tool's own expression where it can be read.
#include <gmock/gmock.h>

#include <regex>

#include "engine/identify/gid.h"
#include "tests/exhaustive/domain_models.h"
#include "tests/oracle/case_file.h"

namespace causal_gym {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

// A question with its graph, which has no selection nodes of other populations.
struct Question {
  Graph graph;
  EffectTarget target;
  std::vector<AvailableDistribution> available;
  // By the tool's name; one of dosearch is named by its selection nodes.
  std::map<std::string, std::int32_t> populations{{"*", 0}, {"", 0}};
  std::int32_t next_population = 1;

  std::int32_t population(const std::string& name) {
    const auto [found, added] = populations.emplace(name, next_population);
    if (added) ++next_population;
    return found->second;
  }
};

Names split(const std::string& text) {
  Names names;
  const std::regex name("[^,\\s]+");
  for (auto i = std::sregex_iterator(text.begin(), text.end(), name); i != std::sregex_iterator();
       ++i)
    names.push_back(i->str());
  return names;
}

// "p(y,z|t,do(x))" as its names.
struct TermNames {
  Names variables, set, given;
};

TermNames read_term(std::string text) {
  TermNames term;
  std::smatch match;
  if (std::regex_search(text, match, std::regex("do\\(([^)]*)\\)"))) {
    term.set = split(match[1]);
    text = match.prefix().str() + match.suffix().str();
  }
  EXPECT_TRUE(std::regex_match(text, match, std::regex("p\\(([^|]*)\\|?(.*)\\)"))) << text;
  term.variables = split(match[1]);
  term.given = split(match[2]);
  return term;
}

bool holds(const Json& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

Json without_nodes(Json graph, const Json& gone) {
  Json nodes = Json::array();
  for (const auto& name : graph["nodes"])
    if (!holds(gone, name)) nodes.push_back(name);
  Json directed = Json::array();
  for (const auto& edge : graph["directed"])
    if (!holds(gone, edge[0])) directed.push_back(edge);
  graph["nodes"] = nodes;
  graph["directed"] = directed;
  return graph;
}

bool names_known(const Json& json) {
  for (const auto& text : json["data"]) {
    const auto term = read_term(text);
    for (const auto* part : {&term.variables, &term.set, &term.given})
      for (const auto& name : *part)
        if (!holds(json["graph"]["nodes"], name)) return false;
  }
  return true;
}

// A case in dosearch's notation.
Question question_of_dosearch(const Json& json) {
  const auto& transport = json["transportability_nodes"];
  Question question;
  question.graph = graph_from_case(without_nodes(json["graph"], transport)).value();
  const auto set = [&](const Names& names) {
    NodeSet nodes;
    for (const auto& name : names)
      if (!holds(transport, name)) nodes.insert(question.graph.find(name).value());
    return nodes;
  };
  const auto query = read_term(json["query"]);
  question.target = {set(query.set), set(query.variables), set(query.given)};
  for (const auto& text : json["data"]) {
    const auto term = read_term(text);
    AvailableDistribution one{.intervened = set(term.set), .observed = set(term.variables)};
    std::string population;
    for (const auto& name : term.given) {
      auto& part = holds(json["selection_nodes"], name) ? one.selected : one.given;
      part |= set({name});
      if (!holds(transport, name)) continue;
      population += name;
      for (const auto& edge : json["graph"]["directed"])
        if (edge[0] == name) one.differs |= set({edge[1].get<std::string>()});
    }
    one.population =
        question.populations
            .emplace(population, static_cast<std::int32_t>(question.populations.size()))
            .first->second;
    question.available.push_back(std::move(one));
  }
  return question;
}

// All experiments on some of these nodes, observation among them.
void add_experiments(Question& question, const NodeSet& on, std::int32_t population,
                     const NodeSet& differs) {
  std::vector<NodeSet> parts{NodeSet{}};
  for (const NodeId v : on)
    for (std::size_t i = 0, size = parts.size(); i < size; ++i)
      parts.push_back(parts[i] | NodeSet{v});
  for (const auto& part : parts)
    if (part != question.graph.observed_nodes())
      question.available.push_back(
          {.intervened = part, .population = population, .differs = differs});
}

// A case of causaleffect or y0, which list domains with their experiments.
Question question_of_domains(const Json& json) {
  Question question;
  question.graph = graph_from_case(json["graph"]).value();
  const auto set = [&](const Json& names) {
    if (names == Json{"ALL"}) return question.graph.observed_nodes();
    return nodes_from_case(question.graph, names);
  };
  const auto& query = json["query"];
  question.target = {set(query["do"]), set(query["y"]), set(query["given"])};
  const std::string kind = json["kind"];
  if (kind.starts_with("selection-bias")) {
    question.available.push_back({.selected = set(Json{"S"})});
  } else if (kind.starts_with("surrogate outcome (")) {
    question.available = {{}, {.intervened = set(Json{"X"}), .observed = set(Json{"W", "Z"})}};
  } else {
    add_experiments(question, set(json["target_experiments"]), 0, {});
  }
  for (const auto& domain : json["domains"]) {
    const auto number = question.population(domain["name"]);
    const auto experiments = set(domain["experiments"]);
    if (domain.contains("differs_at")) {
      add_experiments(question, experiments, number, set(domain["differs_at"]));
    } else {
      question.available.push_back({.intervened = experiments,
                                    .population = number,
                                    .differs = set(domain["differs_at(encoding)"])});
    }
  }
  return question;
}

// Null when it holds what expressions do not have, or a term that is in none of the distributions.
ExpressionPtr read_expression(const Question& question, const Json& ast) {
  const std::string op = ast["op"];
  const auto set = [&](const char* key) {
    const auto names = ast.value(key, Json::array());
    NodeSet nodes;
    for (const auto& name : names)
      if (const auto v = question.graph.find(name.get<std::string>())) nodes.insert(*v);
    return nodes.to_vector();
  };
  const auto part = [&](const char* key) { return read_expression(question, ast[key]); };
  if (op == "P") {
    auto population = ast.value("domain", "");
    for (const std::string name : ast["given"])
      if (!question.graph.find(name)) population += name;
    return probability(set("vars"), set("given"), set("do"), question.populations.at(population));
  }
  if (op == "sum") {
    auto body = part("expr");
    return body ? sum(set("over"), std::move(body)) : nullptr;
  }
  if (op == "frac") {
    auto above = part("num");
    auto below = part("den");
    return above && below ? fraction(std::move(above), std::move(below)) : nullptr;
  }
  if (op != "prod") return nullptr;
  std::vector<ExpressionPtr> factors;
  for (const auto& factor : ast["args"]) {
    factors.push_back(read_expression(question, factor));
    if (!factors.back()) return nullptr;
  }
  return product(std::move(factors));
}

struct Counts {
  int identifiable = 0;
  int not_identifiable = 0;
  int compared = 0;  // with the tool's expression
  Names unknown;
};

// Checks our answer; `expected`: null when the tool does not say.
void run(const Question& question, const Json& id, const Json& expected, const Json& ast,
         Counts& counts) {
  SCOPED_TRACE(id);
  const auto answer = identify_from(question.graph, question.target, question.available).value();
  SCOPED_TRACE(answer.reason);
  if (answer.verdict == Verdict::unknown) {
    counts.unknown.push_back(id);
    return;
  }
  const bool ours = answer.verdict == Verdict::identifiable;
  if (!expected.is_null()) {
    EXPECT_EQ(ours, expected.get<bool>());
  }
  ++(ours ? counts.identifiable : counts.not_identifiable);
  if (answer.thicket) {
    EXPECT_TRUE(check_thicket(question.graph, question.available, *answer.thicket));
  }
  if (!ours) return;
  DomainWorlds worlds(question.graph, question.available, 5, 2);
  EXPECT_TRUE(worlds.all_equal(answer.estimand, question.target));
  const auto theirs = ast.is_null() ? nullptr : read_expression(question, ast);
  if (!theirs) return;
  EXPECT_TRUE(worlds.all_equal(theirs, question.target));
  ++counts.compared;
}

TEST(AvailableOracle, AgreesWithDosearch) {
  READ_CASES_OR_SKIP(cases, "gid_dosearch_cases.json");
  Counts counts;
  Names missing_data;
  Names unknown_nodes;
  for (const auto& json : cases) {
    if (!json["missing_data"].empty()) {
      missing_data.push_back(json["id"]);
      continue;
    }
    if (!names_known(json)) {
      unknown_nodes.push_back(json["id"]);
      continue;
    }
    const auto& dosearch = json["verified"]["dosearch"];
    run(question_of_dosearch(json), json["id"], dosearch["identifiable"],
        dosearch.value("ast", Json()), counts);
  }
  EXPECT_EQ(missing_data.size(), 8U);
  EXPECT_THAT(unknown_nodes, testing::ElementsAre("gid-010"));
  EXPECT_EQ(counts.identifiable, 13);
  EXPECT_EQ(counts.not_identifiable, 6);
  EXPECT_EQ(counts.compared, 13);
  EXPECT_THAT(counts.unknown, testing::ElementsAre("gid-001", "gid-009"));
}

TEST(AvailableOracle, AgreesWithCausaleffectAndY0) {
  READ_CASES_OR_SKIP(cases, "transport_cases.json");
  Counts counts;
  for (const auto& json : cases)
    run(question_of_domains(json), json["id"], json["expected"]["transportable"],
        json["expected"]["ast"], counts);
  EXPECT_EQ(counts.identifiable, 8);
  EXPECT_EQ(counts.not_identifiable, 3);
  EXPECT_EQ(counts.compared, 7);
  EXPECT_THAT(counts.unknown, testing::IsEmpty());
}

}  // namespace
}  // namespace causal_gym
