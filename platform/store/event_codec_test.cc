// What is written in the tables' columns reads back to the same value; damage is an error.
#include "platform/store/event_codec.h"

#include "platform/store/sample_run.h"

namespace causal_gym {
namespace {

TEST(EventCodec, EveryEventReadsBack) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    SCOPED_TRACE(seed);
    const EventContent content = SampleRun(seed).content();
    const auto read = decode_event(encode_event(content));
    ASSERT_TRUE(read) << error_text(read.error());
    ASSERT_EQ(*read, content);
  }
  EXPECT_EQ(decode_event(encode_event(EpisodeEnded{})), EventContent(EpisodeEnded{}));
}

TEST(EventCodec, SpecificationsAndUnitsReadBack) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    SampleRun sample(seed);
    const ExperimentSpec spec = sample.specification();
    EXPECT_EQ(decode_specification(encode_specification(spec)), spec);
    const std::vector<ShownValue> values = sample.values();
    EXPECT_EQ(decode_unit(encode_unit(values)), values);
  }
}

TEST(EventCodec, DamagedColumnsAreAnError) {
  const auto code = [](EventColumns columns) {
    const auto read = decode_event(columns);
    EXPECT_FALSE(read);
    return read ? ErrorCode::invalid_argument : read.error().code;
  };
  EXPECT_EQ(code({.kind = "nothing"}), ErrorCode::unavailable);
  EXPECT_EQ(code({.kind = "belief_stated", .query = "q"}), ErrorCode::unavailable);
  EXPECT_EQ(code({.kind = "observation_shown", .detail = "{"}), ErrorCode::unavailable);
  EXPECT_EQ(code({.kind = "observation_shown", .detail = "{\"phase\":\"x\"}"}),
            ErrorCode::unavailable);
  EXPECT_EQ(code({.kind = "observation_shown",
                  .detail = R"({"phase":0,"regime":"","components":[{"component":"x"}]})"}),
            ErrorCode::unavailable);
  EXPECT_EQ(code({.kind = "agent_error",
                  .query = "q",
                  .text = "t",
                  .detail = R"({"code":"x","where":"","suggestion":""})"}),
            ErrorCode::unavailable);
  EXPECT_EQ(decode_specification("[]").error().code, ErrorCode::unavailable);
  EXPECT_EQ(decode_unit("[1]").error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace causal_gym
