// What tests expect of replies: the value that is stated, or why none is.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "gym/agent/belief_text.h"

namespace causal_gym {

inline std::string verdict(const Reply& reply) {
  if (const auto* stated = std::get_if<Stated>(&reply))
    return "stated " + ::testing::PrintToString(stated->value);
  return std::holds_alternative<Refused>(reply) ? "refused" : "unparseable";
}

struct StatingReply {
  const char* text;
  double value;
};

inline void expect_stated(std::initializer_list<StatingReply> replies,
                          const BeliefRange& range = {}, std::string_view query = {}) {
  for (const auto& [text, value] : replies) {
    const auto reading = read_belief_text(text, range, query);
    EXPECT_EQ(verdict(reading.reply), verdict(Stated{value}))
        << text << "\n  because " << reading.reason;
    EXPECT_NE(reading.reason, "") << text;
  }
}

inline void expect_stated_of(std::string_view query, std::initializer_list<StatingReply> replies) {
  expect_stated(replies, {}, query);
}

struct UnclearReply {
  const char* text;
  const char* reason;  // a part of it
};

inline void expect_unparseable(std::initializer_list<UnclearReply> replies,
                               const BeliefRange& range = {}, std::string_view query = {}) {
  for (const auto& [text, reason] : replies) {
    const auto reading = read_belief_text(text, range, query);
    EXPECT_EQ(reading.reply, Reply(Unparseable{text, reading.reason}))
        << verdict(reading.reply) << ": " << text;
    EXPECT_THAT(reading.reason, ::testing::HasSubstr(reason)) << text;
  }
}

// The same for replies whose reason does not matter.
inline void expect_unparseable_of(std::string_view query,
                                  std::initializer_list<const char*> replies) {
  for (const auto* text : replies) expect_unparseable({{text, ""}}, {}, query);
}

}  // namespace causal_gym
