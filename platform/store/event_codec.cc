#include "platform/store/event_codec.h"

#include <algorithm>

#include "platform/store/observation_json.h"

namespace causal_gym {
namespace {

using Json = StoredJson;
using Texts = std::vector<std::string>;

// Bytes that are not UTF-8 are replaced in JSON; what an agent says is kept as it is, in columns.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Encoder {
  EventColumns columns;

  void operator()(const EpisodeStarted& started) {
    columns.detail = text_of({{"environment", started.environment},
                              {"interface", started.interface},
                              {"agent", started.agent},
                              {"seed", started.seed},
                              {"interventions", started.interventions},
                              {"queries", started.queries}});
  }
  void operator()(const ObservationShown& shown) {
    columns.detail = text_of(observation_json(shown.observation));
  }
  void operator()(const BeliefRequested& requested) { columns.query = requested.query; }
  void operator()(const BeliefStated& stated) {
    columns.query = stated.query;
    columns.value = stated.value;
  }
  void operator()(const BeliefRefused& refused) {
    columns.query = refused.query;
    columns.text = refused.reason;
  }
  void operator()(const BeliefUnparseable& unparseable) {
    columns.query = unparseable.query;
    columns.text = unparseable.text;
    if (!unparseable.reason.empty()) columns.reason = unparseable.reason;
  }
  void operator()(const ActionTaken& taken) { columns.text = taken.action; }
  void operator()(const InterventionApplied&) {}
  void operator()(const DataDrawn& drawn) { columns.detail = text_of(values_json(drawn.values)); }
  void operator()(const AgentError& failed) {
    columns.query = failed.query;
    columns.text = failed.error.message;
    columns.detail = text_of({{"code", error_code_name(failed.error.code)},
                              {"where", failed.error.where},
                              {"suggestion", failed.error.suggestion}});
  }
  void operator()(const EpisodeEnded&) {}
};

tl::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorCode::unavailable, "the database is damaged: " + what, "",
              "restore it from a copy");
}

// Runs a reader that may meet JSON of another form.
template <class T, class Read>
Result<T> reading(const std::string& what, Read read) {
  try {
    return read();
  } catch (const nlohmann::json::exception& exception) {
    return damaged(what + ": " + exception.what());
  }
}

EpisodeStarted started_of(const Json& json) {
  return {json.at("environment"),
          json.at("interface"),
          json.at("agent"),
          json.at("seed"),
          json.at("interventions").get<Texts>(),
          json.at("queries").get<Texts>()};
}

AgentError agent_error_of(const EventColumns& columns, const Json& json) {
  AgentError failed{
      *columns.query,
      {ErrorCode::invalid_argument, *columns.text, json.at("where"), json.at("suggestion")}};
  const std::string name = json.at("code");
  const auto code = std::find_if(std::begin(all_error_codes), std::end(all_error_codes),
                                 [&](ErrorCode each) { return error_code_name(each) == name; });
  if (code == std::end(all_error_codes))
    throw Json::other_error::create(501, "error code '" + name + "'", &json);
  failed.error.code = *code;
  return failed;
}

// The columns that each kind needs are checked by the table too.
Result<EventContent> content_of(const EventColumns& columns) {
  const std::string& kind = columns.kind;
  const auto needs = [](bool query, bool text) { return query && text; };
  const bool query = columns.query.has_value();
  const bool text = columns.text.has_value();
  if (kind == "intervention_applied") return InterventionApplied{};
  if (kind == "episode_ended") return EpisodeEnded{};
  if (kind == "belief_requested" && query) return BeliefRequested{*columns.query};
  if (kind == "belief_stated" && needs(query, columns.value.has_value()))
    return BeliefStated{*columns.query, *columns.value};
  if (kind == "belief_refused" && needs(query, text))
    return BeliefRefused{*columns.query, *columns.text};
  if (kind == "belief_unparseable" && needs(query, text))
    return BeliefUnparseable{*columns.query, *columns.text, columns.reason.value_or("")};
  if (kind == "action_taken" && text) return ActionTaken{*columns.text};
  if (!columns.detail) return damaged("event of kind '" + kind + "'");
  const Json detail = Json::parse(*columns.detail);
  if (kind == "episode_started") return started_of(detail);
  if (kind == "observation_shown") return ObservationShown{observation_of(detail)};
  if (kind == "data_drawn") return DataDrawn{values_of(detail)};
  if (kind == "agent_error" && needs(query, text)) return agent_error_of(columns, detail);
  return damaged("event of kind '" + kind + "'");
}

Json optional_texts(const std::optional<Texts>& texts) {
  return texts ? Json(*texts) : Json(nullptr);
}

std::optional<Texts> optional_texts_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<Texts>());
}

}  // namespace

EventColumns encode_event(const EventContent& content) {
  Encoder encoder;
  encoder.columns.kind = event_kind_name(content);
  std::visit(encoder, content);
  return std::move(encoder.columns);
}

Result<EventContent> decode_event(const EventColumns& columns) {
  return reading<EventContent>("event", [&] { return content_of(columns); });
}

std::string encode_specification(const ExperimentSpec& spec) {
  return text_of({{"environments", spec.environments},
                  {"agents", spec.agents},
                  {"interface", spec.interface},
                  {"interventions", optional_texts(spec.interventions)},
                  {"beliefs", optional_texts(spec.beliefs)},
                  {"first_seed", spec.first_seed},
                  {"trials", spec.trials}});
}

Result<ExperimentSpec> decode_specification(const std::string& text) {
  return reading<ExperimentSpec>("specification", [&] {
    const Json json = Json::parse(text);
    return ExperimentSpec{json.at("environments").get<Texts>(),
                          json.at("agents").get<Texts>(),
                          json.at("interface"),
                          optional_texts_of(json.at("interventions")),
                          optional_texts_of(json.at("beliefs")),
                          json.at("first_seed"),
                          json.at("trials")};
  });
}

std::string encode_unit(std::span<const ShownValue> values) { return text_of(values_json(values)); }

Result<std::vector<ShownValue>> decode_unit(const std::string& text) {
  return reading<std::vector<ShownValue>>("unit", [&] { return values_of(Json::parse(text)); });
}

}  // namespace causal_gym
