// The events of a run, told from any place on: each finished episode once, in order, and the end.
#include "apps/server/run_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace causal_gym {
namespace {

using nlohmann::json;

struct Told {
  std::string id, kind;
  json data;
};

// As a reader of text/event-stream takes it: each field once, a blank line ends an event.
std::vector<Told> read_events(const std::string& text) {
  std::vector<Told> events;
  std::istringstream lines(text);
  Told now;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("id: ")) now.id = line.substr(4);
    if (line.starts_with("event: ")) now.kind = line.substr(7);
    if (line.starts_with("data: ")) now.data = json::parse(line.substr(6));
    if (line.empty()) events.push_back(std::exchange(now, {}));
  }
  EXPECT_EQ(now.id, "") << "the last event is not ended";
  return events;
}

std::vector<std::string> ids_of(const std::vector<Told>& events) {
  std::vector<std::string> ids;
  ids.reserve(events.size());
  for (const auto& event : events) ids.push_back(event.id);
  return ids;
}

const RunProgress at_two{RunState::running, "", 3, 2};
const RunProgress at_end{RunState::finished, "", 3, 3};

TEST(RunEvents, TellTheStateEachEpisodeAndTheEnd) {
  EventPlace place;
  const auto first = read_events(next_events(place, at_two));
  EXPECT_EQ(ids_of(first), (std::vector<std::string>{"0.running", "1.running", "2.running"}));
  EXPECT_EQ(first[0].kind, "state");
  EXPECT_EQ(first[0].data, (json{{"state", "running"}, {"finished", 2}, {"planned", 3}}));
  EXPECT_EQ(first[1].kind, "episode");
  EXPECT_EQ(first[1].data, (json{{"finished", 1}, {"planned", 3}}));
  EXPECT_EQ(next_events(place, at_two), "") << "nothing new";
  const auto rest = read_events(next_events(place, at_end));
  EXPECT_EQ(ids_of(rest), (std::vector<std::string>{"3.running", "3.finished"}));
  EXPECT_EQ(rest[1].kind, "done");
  EXPECT_EQ(rest[1].data, (json{{"state", "finished"}, {"finished", 3}, {"planned", 3}}));
  EXPECT_TRUE(is_at_end(place, at_end));
  EXPECT_EQ(next_events(place, at_end), "");
}

// By the reference that tells all from the start: what follows any id is what was not told yet.
TEST(RunEvents, GoOnBehindAnyIdWithNothingLostOrDoubled) {
  EventPlace whole;
  auto all = read_events(next_events(whole, at_two));
  for (const auto& event : read_events(next_events(whole, at_end))) all.push_back(event);
  ASSERT_EQ(all.size(), 5U);
  for (std::size_t cut = 0; cut < all.size(); ++cut) {
    auto place = *read_event_id(all[cut].id);
    auto told = ids_of(all);
    told.resize(cut + 1);
    for (const auto& event : read_events(next_events(place, at_end))) told.push_back(event.id);
    EXPECT_EQ(told, ids_of(all)) << "cut behind " << all[cut].id;
  }
}

TEST(RunEvents, AFailedRunSaysWhyAndOneThatIsRetriedGoesOn) {
  EventPlace place{2, RunState::running};
  const auto end = read_events(next_events(place, {RunState::failed, "a \"line\"\nmore", 3, 2}));
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].kind, "done");
  EXPECT_EQ(end[0].data["reason"], "a \"line\"\nmore");
  EXPECT_FALSE(is_at_end(place, at_two));
  const auto again = read_events(next_events(place, at_two));
  EXPECT_EQ(ids_of(again), (std::vector<std::string>{"2.running"}));
}

TEST(RunEvents, APieceIsBoundedAndTheNextOnesHaveTheRest) {
  constexpr std::int64_t count = 3 * events_of_a_piece + 5;
  const RunProgress end{RunState::finished, "", count, count};
  EventPlace place{0, RunState::running};
  std::size_t pieces = 0, told = 0;
  while (!is_at_end(place, end)) {
    const auto events = read_events(next_events(place, end));
    EXPECT_LE(events.size(), static_cast<std::size_t>(events_of_a_piece) + 1);
    for (const auto& event : events)
      EXPECT_EQ(event.data["finished"],
                std::min<std::int64_t>(count, static_cast<std::int64_t>(++told)));
    ++pieces;
  }
  EXPECT_EQ(pieces, 4U);
  EXPECT_EQ(told, static_cast<std::size_t>(count) + 1) << "each episode and the end";
}

TEST(RunEvents, BehindAnIdThatWasNeverToldThereIsTheStateAlone) {
  EventPlace place = *read_event_id("9223372036854775807.running");
  EXPECT_EQ(next_events(place, at_two), "");
  EXPECT_EQ(read_events(next_events(place, at_end)).size(), 1U);
  EXPECT_TRUE(is_at_end(place, at_end));
}

TEST(RunEvents, AnIdIsReadAsItWasWritten) {
  for (const auto state : {RunState::running, RunState::finished, RunState::cancelled,
                           RunState::failed, RunState::interrupted}) {
    const EventPlace place{17, state};
    EXPECT_EQ(read_event_id(event_id(place)), place);
  }
  for (const auto* bad : {"", "1", "1.", ".running", "-1.running", "x.running", "1.walking",
                          "1.running ", "99999999999999999999.running", "+1.running"}) {
    const auto read = read_event_id(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().where, "Last-Event-ID");
  }
}

}  // namespace
}  // namespace causal_gym
