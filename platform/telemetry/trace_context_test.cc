// The headers of W3C Trace Context: every single change of a good one is judged by the grammar,
// written a second time as a regular expression.
#include "platform/telemetry/trace_context.h"

#include <regex>

#include "engine/base/rng.h"

namespace causal_gym {
namespace {

const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

bool by_the_grammar(const std::string& text) {
  static const std::regex version_00("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
  static const std::regex later(
      "(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[^]*)?");
  return std::regex_match(text, version_00) || std::regex_match(text, later);
}

TEST(TraceParent, IsRead) {
  EXPECT_EQ(parse_trace_parent(good),
            (TraceParent{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true}));
  EXPECT_FALSE(parse_trace_parent(good.substr(0, 53) + "02")->sampled);
  EXPECT_TRUE(parse_trace_parent(good.substr(0, 53) + "ff")->sampled);
  EXPECT_TRUE(parse_trace_parent("cc" + good.substr(2) + "-what-the-future-adds"));
  EXPECT_FALSE(parse_trace_parent(good + "-more"));
  EXPECT_FALSE(parse_trace_parent("cc" + good.substr(2) + ".more"));
}

TEST(TraceParent, EverySingleChangeIsJudgedByTheGrammar) {
  int taken = 0, refused = 0;
  const auto judge = [&](const std::string& text) {
    const bool read = parse_trace_parent(text).has_value();
    EXPECT_EQ(read, by_the_grammar(text)) << text;
    ++(read ? taken : refused);
  };
  for (std::size_t place = 0; place <= good.size(); ++place) {
    judge(good.substr(0, place));
    judge("01" + good.substr(2) + good.substr(0, place));
    for (int byte = 0; byte < 256; ++byte) {
      auto inserted = good;
      judge(inserted.insert(place, 1, static_cast<char>(byte)));
      if (place == good.size()) continue;
      auto replaced = good;
      replaced[place] = static_cast<char>(byte);
      judge(replaced);
    }
    if (place < good.size()) judge(std::string(good).erase(place, 1));
  }
  for (int version = 0; version < 256; ++version) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned>(version));
    judge(digits.data() + good.substr(2));
    judge(digits.data() + good.substr(2) + "-x");
  }
  judge("00-" + std::string(32, '0') + good.substr(35));
  judge(good.substr(0, 36) + std::string(16, '0') + "-01");
  EXPECT_GT(taken, 1'000);
  EXPECT_GT(refused, 10'000);
}

TEST(TraceState, IsReadStrictly) {
  EXPECT_EQ(parse_trace_state(""), "");
  EXPECT_EQ(parse_trace_state(" a=1 ,\t, b@c= x"), "a=1,b@c= x");
  EXPECT_EQ(parse_trace_state("0t@s=v,a-_*/1=!~"), "0t@s=v,a-_*/1=!~");
  for (const char* bad : {"a", "=1", "a=", "A=1", "1a=1", "a=1=2", "a=1,a=2", "a@=1", "@a=1",
                          "a@b@c=1", "a=\x01", "a=\xc3\xa9", "a b=1", "a@1b=1"})
    EXPECT_FALSE(parse_trace_state(bad)) << bad;
}

TEST(TraceState, ItsLimitsHoldAtTheEdge) {
  const auto members = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "k" + std::to_string(i) + "=v,";
    return text;
  };
  EXPECT_TRUE(parse_trace_state(members(32)));
  EXPECT_FALSE(parse_trace_state(members(33)));
  const auto sized = [](std::size_t key, std::size_t value) {
    return std::string(key, 'k') + "=" + std::string(value, 'v');
  };
  EXPECT_TRUE(parse_trace_state(sized(256, 255)));   // 512 bytes
  EXPECT_FALSE(parse_trace_state(sized(256, 256)));  // 513
  EXPECT_FALSE(parse_trace_state(sized(257, 1)));
  EXPECT_TRUE(parse_trace_state(sized(1, 256)));
  EXPECT_FALSE(parse_trace_state(sized(1, 257)));
  EXPECT_TRUE(parse_trace_state(std::string(241, 't') + "@" + std::string(14, 's') + "=v"));
  EXPECT_FALSE(parse_trace_state(std::string(242, 't') + "@s=v"));
  EXPECT_FALSE(parse_trace_state("t@" + std::string(15, 's') + "=v"));
}

TEST(TraceState, WhatIsReadIsReadAgainAsItself) {
  Rng rng(1, stream_of("trace state"));
  int read = 0;
  for (int i = 0; i < 200'000; ++i) {
    static constexpr std::string_view letters = "ab0=,@ \t-A\x7f";
    std::string text;
    for (auto size = rng.below(12); size > 0; --size)
      text += letters[static_cast<std::size_t>(rng.below(letters.size()))];
    const auto state = parse_trace_state(text);
    if (!state) continue;
    ++read;
    EXPECT_EQ(parse_trace_state(*state), *state) << text;
  }
  EXPECT_GT(read, 1'000);
}

TEST(TraceContext, GoesOnOrBegins) {
  int calls = 0;
  const HexSource source = [&](std::size_t digits) {
    return std::string(digits - 1, '0') + std::to_string(++calls);
  };
  const auto entered = enter_trace(good, "a=1", source);
  EXPECT_EQ(trace_parent_text(entered), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01");
  EXPECT_EQ(entered.parent_id, "00f067aa0ba902b7");
  EXPECT_EQ(entered.state, "a=1");
  EXPECT_EQ(enter_trace(good, "A=1", source).state, "");
  for (const auto& parent :
       {std::optional<std::string_view>(), std::optional(std::string_view("00-garbage"))}) {
    calls = 0;
    const auto begun = enter_trace(parent, "a=1", source);
    EXPECT_EQ(trace_parent_text(begun), "00-00000000000000000000000000000002-0000000000000001-00");
    EXPECT_EQ(begun.state + begun.parent_id, "");
  }
}

}  // namespace
}  // namespace causal_gym
