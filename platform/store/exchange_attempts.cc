#include "platform/store/exchange_attempts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr double most_counted = 9e18;  // below 2^63

// Doubles do not overflow.
struct Amounts {
  double calls = 0;
  double input_tokens = 0;
  double output_tokens = 0;
  std::optional<double> cost_usd = 0.0;

  [[nodiscard]] Charge charge() const {
    const auto whole = [](double sum) {
      return static_cast<std::int64_t>(std::min(sum, most_counted));
    };
    return {whole(calls), whole(input_tokens), whole(output_tokens), cost_usd};
  }
  void add(const Amounts& more) {
    calls += more.calls;
    input_tokens += more.input_tokens;
    output_tokens += more.output_tokens;
    *cost_usd += more.cost_usd.value_or(0);
  }
};

// What a run's attempts count for, exchange by exchange.
class Sum {
 public:
  // An attempt of a version that wrote no charge counts as a call, with the usage of its exchange
  // when it is the one that was answered.
  void add(const json& attempt, std::int64_t input, std::int64_t output,
           std::optional<double> cost) {
    const bool answered = !attempt.contains("failure") || attempt["failure"].is_null();
    if (const auto charge = attempt.find("charge");
        charge != attempt.end() && charge->is_object()) {
      const auto counted = amounts_of(*charge);
      // A version that did not say so charged the worst for what broke off.
      const auto worst = charge->find("is_worst");
      const bool is_worst = worst != charge->end() && worst->is_boolean()
                                ? worst->get<bool>()
                                : !answered && counted.output_tokens > 0;
      count(counted, is_worst);
    } else if (answered) {
      count({1, static_cast<double>(input), static_cast<double>(output), cost}, false);
    } else {
      count({1, 0, 0, 0.0}, false);
    }
  }

  [[nodiscard]] Spending spending() const {
    return {all_.charge(),
            static_cast<std::int64_t>(std::min(calls_of_unknown_cost_, most_counted)),
            at_worst_.charge()};
  }

 private:
  static double number_of(const json& charge, const char* name) {
    const auto found = charge.find(name);
    return found != charge.end() && found->is_number() ? found->get<double>() : 0;
  }
  static Amounts amounts_of(const json& charge) {
    const auto cost = charge.find("cost_usd");
    const bool is_known = cost != charge.end() && cost->is_number();
    return {number_of(charge, "calls"), number_of(charge, "input_tokens"),
            number_of(charge, "output_tokens"),
            is_known ? std::optional(cost->get<double>()) : std::nullopt};
  }
  void count(const Amounts& one, bool is_worst) {
    all_.add(one);
    if (is_worst) at_worst_.add(one);
    if (!one.cost_usd) calls_of_unknown_cost_ += one.calls;
  }

  Amounts all_;
  Amounts at_worst_;
  double calls_of_unknown_cost_ = 0;
};

// What is no list holds no attempts.
json read_attempts(const std::string& text) {
  auto list = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return list.is_array() ? list : json::array();
}

}  // namespace

Result<Spending> spent_on_record(Database& database, const std::string& run) {
  CAUSAL_GYM_TRY(statement, database.statement("SELECT attempts, input_tokens, output_tokens,"
                                               " cost_usd FROM exchanges WHERE run = ?1"
                                               " ORDER BY number"));
  statement->bind(1, std::string_view(run));
  Sum sum;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    for (const auto& attempt : read_attempts(row.text(0)))
      if (attempt.is_object())
        sum.add(attempt, row.optional_integer(1).value_or(0), row.optional_integer(2).value_or(0),
                row.optional_real(3));
    return {};
  }));
  return sum.spending();
}

std::vector<std::string> parameters_left_out(const std::string& text) {
  const auto attempts = read_attempts(text);
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
    const auto& attempt = attempts[i];
    if (!attempt.is_object() || attempt.value("failure", json()) != "unsupported_parameter")
      continue;
    const auto name = attempt.find("parameter");
    if (name == attempt.end() || !name->is_string()) continue;
    auto left_out = name->get<std::string>();
    if (!left_out.empty()) names.push_back(std::move(left_out));
  }
  return names;
}

}  // namespace causal_gym
