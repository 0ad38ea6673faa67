#include "apps/server/run_events.h"

#include <algorithm>
#include <charconv>

#include "api/json_text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string event_text(std::string_view kind, const EventPlace& place, const json& data) {
  std::string text = "id: " + event_id(place) + "\nevent: ";
  text.append(kind).append("\ndata: ").append(json_line(data)).append("\n\n");
  return text;
}

json state_json(const RunProgress& progress) {
  json data = {{"state", run_state_name(progress.state)},
               {"finished", progress.finished},
               {"planned", progress.planned}};
  if (!progress.reason.empty()) data["reason"] = progress.reason;
  return data;
}

}  // namespace

bool is_over(RunState state) {
  return state == RunState::finished || state == RunState::cancelled || state == RunState::failed;
}

std::string event_id(const EventPlace& place) {
  return std::to_string(place.finished) + "." +
         std::string(run_state_name(place.state.value_or(RunState::running)));
}

Result<EventPlace> read_event_id(std::string_view text) {
  EventPlace place;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place.finished);
  const auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc() && place.finished >= 0 && rest.starts_with('.'))
    if (const auto state = find_run_state(rest.substr(1))) {
      place.state = *state;
      return place;
    }
  return fail(ErrorCode::invalid_argument, "no event of a run has this id", "Last-Event-ID",
              "send the id of the last event received, or none");
}

bool is_at_end(const EventPlace& place, const RunProgress& progress) {
  return is_over(progress.state) && place.state == progress.state &&
         place.finished >= progress.finished;
}

std::string next_events(EventPlace& place, const RunProgress& progress) {
  std::string text;
  const bool over = is_over(progress.state);
  if (!over && place.state != progress.state) {
    place.state = progress.state;
    text += event_text("state", place, state_json(progress));
  }
  const auto from = std::min(place.finished, progress.finished);  // the id may say anything
  const auto last = std::min(progress.finished, from + events_of_a_piece);
  while (place.finished < last) {
    ++place.finished;
    text +=
        event_text("episode", place, {{"finished", place.finished}, {"planned", progress.planned}});
  }
  if (over && place.finished >= progress.finished && place.state != progress.state) {
    place.state = progress.state;
    text += event_text("done", place, state_json(progress));
  }
  return text;
}

}  // namespace causal_gym
