// Printing and parsing are inverse: on random trees, and on every short sequence of tokens.
#include "engine/base/rng.h"
#include "engine/query/query.h"

namespace causal_gym {
namespace {

class RandomQuery {
 public:
  explicit RandomQuery(std::uint64_t seed) : rng_(seed, stream_of("random query")) {}

  Query query(int depth) {
    const auto kind = rng_.below(depth > 0 ? 6 : 4);
    switch (kind) {
      case 0: return {probability()};
      case 1: return {expectation()};
      case 2: return {effect()};
      case 3: return {NumberQuery{number()}};
      case 4: return {NegatedQuery{pointer(depth - 1)}};
      default:
        return {ArithmeticQuery{static_cast<Operator>(rng_.below(4)), pointer(depth - 1),
                                pointer(depth - 1)}};
    }
  }

 private:
  QueryPtr pointer(int depth) { return std::make_shared<const Query>(query(depth)); }
  bool coin() { return rng_.below(2) == 1; }
  double number() {
    return coin() ? static_cast<double>(rng_.below(1000)) : std::exp(100 * (rng_.uniform() - 0.5));
  }
  std::string name() {
    static const char* const names[] = {"x",   "y",    "P",       "E",     "do", "in", "ATE",
                                        "a b", "q\"",  "back\\s", "größe", "1",  "-1", "*",
                                        "->",  "e.f'", "1e-3",    "=",     "1e", "é"};
    return names[rng_.below(std::size(names))];
  }
  std::string value() {
    static const char* const exact[] = {"\"1\"", "\"-2\"", "\"yes\"", "-1", "-.5e-7", "3."};
    return coin() ? name() : exact[rng_.below(std::size(exact))];
  }
  template <class Make>
  auto list(std::size_t least, Make make) {
    std::vector<decltype(make())> items(least + rng_.below(3));
    for (auto& item : items) item = make();
    return items;
  }
  NamedAssignment assignment() { return {name(), coin() ? std::optional(value()) : std::nullopt}; }
  std::vector<NamedAssignment> assignments(std::size_t least) {
    return list(least, [this] { return assignment(); });
  }
  Outcome outcome(bool worlds) {
    return {name(), worlds ? assignments(0) : std::vector<NamedAssignment>()};
  }
  Event event(bool worlds) {
    Event event{outcome(worlds), static_cast<Relation>(rng_.below(9)), {}};
    const bool none = event.relation == Relation::bare || event.relation == Relation::any;
    if (!none) event.values = {value()};
    if (event.relation == Relation::in) event.values = list(1, [this] { return value(); });
    return event;
  }
  std::vector<Event> events(std::size_t least, bool worlds) {
    return list(least, [&] { return event(worlds); });
  }
  ProbabilityQuery probability() {
    const bool worlds = coin();
    return {events(1, worlds), events(0, worlds),
            worlds ? std::vector<NamedAssignment>() : assignments(0)};
  }
  ExpectationQuery expectation() {
    const bool worlds = coin();
    return {outcome(worlds), events(0, worlds),
            worlds ? std::vector<NamedAssignment>() : assignments(0)};
  }
  EffectQuery effect() {
    EffectQuery effect;
    effect.kind = static_cast<EffectKind>(rng_.below(10));
    effect.treatment = name();
    effect.outcome = name();
    if (coin()) effect.contrast.emplace(value(), value());
    if (effect.kind == EffectKind::CDE) effect.held = assignments(1);
    if (effect.kind == EffectKind::NDE || effect.kind == EffectKind::NIE)
      effect.mediators = list(1, [this] { return name(); });
    return effect;
  }

  Rng rng_;
};

TEST(QueryRoundTrip, random_queries_print_and_parse_to_themselves) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto query = RandomQuery(seed).query(4);
    const auto text = query_text(query);
    const auto parsed = parse_query(text);
    ASSERT_TRUE(parsed.has_value()) << text << "\n" << error_text(parsed.error());
    ASSERT_TRUE(*parsed == query) << text << "\n" << query_text(*parsed);
  }
}

// Whether accepted or not, nothing crashes; what is accepted prints to a text that reads back to
// the same query and prints to itself.
std::size_t check_text(const std::string& text) {
  const auto query = parse_query(text);
  if (!query) {
    EXPECT_FALSE(query.error().message.empty()) << text;
    EXPECT_TRUE(query.error().where.starts_with("column ")) << text;
    return 0;
  }
  const auto printed = query_text(*query);
  const auto again = parse_query(printed);
  EXPECT_TRUE(again && *again == *query && query_text(*again) == printed) << text << "\n"
                                                                          << printed;
  return 1;
}

// Every sequence of at most `length` tokens, between prefix and suffix; the number accepted.
std::size_t check_all(std::span<const char* const> tokens, std::size_t length,
                      const std::string& prefix, const std::string& suffix) {
  std::size_t accepted = check_text(prefix + suffix);
  if (length == 0) return accepted;
  for (const auto* token : tokens)
    accepted += check_all(tokens, length - 1, prefix + " " + token, suffix);
  return accepted;
}

TEST(QueryRoundTrip, every_sequence_of_six_tokens_is_refused_or_prints_to_itself) {
  static const char* const tokens[] = {"P", "(", ")", "x", "-", "1", "|", "="};
  EXPECT_GT(check_all(tokens, 6, "", ""), 70U);
}

TEST(QueryRoundTrip, every_short_inside_of_a_probability_is_refused_or_prints_to_itself) {
  static const char* const tokens[] = {"do", "(",  ")", "=", "*", "|",
                                       ",",  "in", "{", "}", "[", "]"};
  EXPECT_GT(check_all(tokens, 5, "P(x", ")"), 10U);
}

TEST(QueryRoundTrip, every_short_inside_of_an_effect_is_refused_or_prints_to_itself) {
  static const char* const tokens[] = {"x", "->", ":", ",", "{", "}", ";", "=", "-", "1"};
  EXPECT_EQ(check_all(tokens, 6, "NDE(x", ")"), 8U);
  EXPECT_GT(check_all(tokens, 4, "CDE(x ->", ")"), 0U);
}

TEST(QueryRoundTrip, random_bytes_never_crash_the_reader) {
  Rng rng(7, stream_of("random bytes"));
  for (int i = 0; i < 100'000; ++i) {
    std::string text(rng.below(24), ' ');
    for (auto& c : text)
      c = rng.below(4) == 0 ? static_cast<char>(rng.below(256))
                            : "PE[]()|,=<>!+-*/:;do{}in\"\\x1. "[rng.below(31)];
    (void)check_text(text);
  }
}

}  // namespace
}  // namespace causal_gym
