// What holds for every provider: the table, what a refusal turns off, and that no shape of an
// answer is met with an exception.
#include "platform/llm/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "platform/llm/codec_probe.h"
#include "platform/llm/reply_draft.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

TEST(Providers, names_are_found_or_the_nearest_is_told) {
  std::set<std::string_view> names;
  for (const auto& provider : all_providers()) {
    EXPECT_TRUE(names.insert(provider.name).second);
    EXPECT_NE(provider.description, "");
    EXPECT_EQ(find_provider(provider.name).value(), &provider);
  }
  EXPECT_THAT(find_provider("antropic").error().suggestion, HasSubstr("anthropic"));
  EXPECT_THAT(find_provider("xyz").error().suggestion, HasSubstr("openai-responses"));
}

TEST(Providers, capabilities_before_anything_was_refused) {
  EXPECT_EQ(provider_named("openai").capabilities, ChatCapabilities{});
  EXPECT_FALSE(provider_named("anthropic").capabilities.seed);
  EXPECT_FALSE(provider_named("openai-responses").capabilities.seed);
  EXPECT_FALSE(provider_named("ollama").capabilities.tool_choice);
  EXPECT_FALSE(provider_named("compatible").capabilities.max_completion_tokens);
}

TEST(WithoutParameter, a_refusal_turns_off_what_it_names) {
  const std::pair<std::string_view, bool ChatCapabilities::*> members[] = {
      {"temperature", &ChatCapabilities::temperature},
      {"seed", &ChatCapabilities::seed},
      {"response_format", &ChatCapabilities::schema},
      {"response_format.json_schema.strict", &ChatCapabilities::schema},
      {"text.format", &ChatCapabilities::schema},
      {"output_config.format", &ChatCapabilities::schema},
      {"tools[0].function.strict", &ChatCapabilities::schema},
      {"tools", &ChatCapabilities::tools},
      {"tool_choice", &ChatCapabilities::tool_choice},
      {"stream_options", &ChatCapabilities::stream_usage},
      {"max_completion_tokens", &ChatCapabilities::max_completion_tokens}};
  for (const auto& [name, member] : members) {
    ChatCapabilities expected;
    expected.*member = false;
    const auto after = without_parameter({}, name);
    ASSERT_TRUE(after) << name;
    EXPECT_EQ(*after, expected) << name;
    EXPECT_EQ(without_parameter(*after, name), std::nullopt) << name;
  }
  for (const auto name : {"", "messages", "model", "seeds", "."})
    EXPECT_EQ(without_parameter({}, name), std::nullopt) << name;
}

TEST(WithoutParameter, the_older_name_of_the_limit_gives_way_to_the_newer) {
  ChatCapabilities older;
  older.max_completion_tokens = false;
  EXPECT_EQ(without_parameter(older, "max_tokens"), ChatCapabilities{});
  EXPECT_EQ(without_parameter({}, "max_tokens"), std::nullopt);
}

// Answers with something of everything that a decoder looks at.
const std::string answers[] = {
    R"({"id":"a","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{)"
    R"("content":"x","refusal":"r","tool_calls":[{"index":0,"id":"i","function":)"
    R"({"name":"f","arguments":"{}"}}]},"delta":{"content":"x","refusal":"r","tool_calls":)"
    R"([{"index":0,"id":"i","function":{"name":"f","arguments":"{}"}}]}}],)"
    R"("usage":{"prompt_tokens":1,"completion_tokens":2,)"
    R"("prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":)"
    R"({"reasoning_tokens":1}}})",
    R"({"type":"response.completed","response":{"id":"a","status":"incomplete","output":[{"type":)"
    R"("message","content":[{"type":"output_text","text":"x"},{"type":"refusal","refusal":"r"}]},)"
    R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],"usage":)"
    R"({"input_tokens":1,"input_tokens_details":{"cached_tokens":1},"output_tokens":2},)"
    R"("incomplete_details":{"reason":"max_output_tokens"}},"id":"a","status":"completed",)"
    R"("output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}]})",
    R"({"type":"message_start","message":{"id":"a","model":"m","usage":{"input_tokens":1}},)"
    R"("content":[{"type":"text","text":"x"},{"type":"tool_use","id":"i","name":"f","input":{}}],)"
    R"("stop_reason":"refusal","stop_details":{"explanation":"e"},"usage":{"input_tokens":1,)"
    R"("cache_read_input_tokens":2}})",
    R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"i",)"
    R"("name":"f","input":{"a":1}}})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":)"
    R"("{}"}})",
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})",
    R"({"model":"m","message":{"content":"x","tool_calls":[{"function":{"name":"f","arguments":)"
    R"({"a":1}}}]},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":2})",
    R"({"type":"error","error":{"type":"t","code":"c","message":"m","param":"p","details":)"
    R"({"error_code":"e"}},"request_id":"r"})",
    R"({"type":"error","code":"c","message":"m","param":null})",
    R"({"detail":[{"loc":["body","seed"],"msg":"m"}]})",
};

void read_everywhere(const std::string& body) {
  for (const auto& provider : all_providers()) {
    for (const int status : {200, 400, 429, 500}) {
      const auto outcome = provider.decode({status, {}, body});
      const auto* failure = std::get_if<ChatFailure>(&outcome);
      EXPECT_TRUE(failure == nullptr || !failure->message.empty()) << provider.name << body;
    }
    const auto reader = provider.stream_reader();
    reader->feed("data: " + body + "\n\n" + body + "\ndata: [DONE]\n\n");
    static_cast<void>(reader->finish());
  }
}

TEST(Providers, no_shape_of_an_answer_throws) {
  const std::string others[] = {"null", "true", "-1",    "1e300",  "9007199254740993", "\"x\"",
                                "[]",   "{}",   "[[1]]", "[null]", R"({"a":{}})"};
  int shapes = 0;
  for (const auto& answer : answers) {
    const auto whole = WireJson::parse(answer);
    std::set<std::string> places = {""};
    const auto leaves = whole.flatten();
    for (const auto& [path, leaf] : leaves.items())
      for (auto place = path; !place.empty(); place.resize(place.rfind('/'))) places.insert(place);
    for (const auto& place : places)
      for (const auto& other : others) {
        auto changed = whole;
        changed[WireJson::json_pointer(place)] = WireJson::parse(other);
        EXPECT_NO_THROW(read_everywhere(changed.dump())) << changed;
        ++shapes;
      }
  }
  EXPECT_GT(shapes, 1'000);
}

TEST(Providers, texts_beyond_the_limits_are_malformed) {
  const std::string deep(largest_reply_depth + 1, '[');
  for (const auto& provider : all_providers()) {
    const auto nested = "{\"choices\":" + deep + std::string(deep.size(), ']') + "}";
    EXPECT_EQ(failure_of(decoded(provider.name, nested)).kind, FailureKind::malformed);
    EXPECT_EQ(failure_of(decoded(provider.name, std::string(largest_reply_bytes + 1, ' '))).kind,
              FailureKind::malformed);
    const auto reader = provider.stream_reader();
    const std::string piece(1 << 20, 'x');
    bool ended = false;
    for (int i = 0; i < 17 && !ended; ++i) ended = reader->feed(piece);
    EXPECT_TRUE(ended) << provider.name;
    EXPECT_EQ(failure_of(reader->finish()).kind, FailureKind::malformed) << provider.name;
  }
}

TEST(ReplyDraft, all_texts_together_have_a_limit) {
  ReplyDraft draft;
  const std::string half(largest_reply_bytes / 2, 'x');
  draft.append(draft.reply.text, half);
  draft.append(draft.refusal, half);
  EXPECT_FALSE(draft.is_settled());
  draft.append(draft.reply.text, "x");
  EXPECT_EQ(failure_of(draft.outcome()).kind, FailureKind::malformed);
}

TEST(WireJson, depth_has_a_limit_that_brackets_in_texts_do_not_reach) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(read_wire_json(nested(largest_reply_depth)));
  EXPECT_FALSE(read_wire_json(nested(largest_reply_depth + 1)));
  EXPECT_TRUE(read_wire_json("[\"\\\"" + std::string(largest_reply_depth + 1, '[') + "\"]"));
  EXPECT_TRUE(read_wire_json("[" + nested(2) + "," + nested(largest_reply_depth - 1) + "]"));
}

TEST(WireJson, counts_are_whole_and_not_negative) {
  const auto count = [](const std::string& text) {
    return wire_count(WireJson::parse(R"({"n":)" + text + "}"), "n");
  };
  EXPECT_EQ(count("0"), 0);
  EXPECT_EQ(count("9007199254740992"), 9007199254740992);
  for (const auto text : {"9007199254740993", "-1", "1.0", "\"1\"", "null", "[1]"})
    EXPECT_EQ(count(text), std::nullopt) << text;
}

}  // namespace
}  // namespace causal_gym
