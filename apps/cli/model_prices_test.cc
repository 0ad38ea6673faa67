// A file of prices goes before the built-in ones, and a budget of cost needs the price of each
// language model before anything is sent.
#include "platform/models/model_prices.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "apps/cli/command_line.h"
#include "platform/config/temporary_folder.h"
#include "platform/llm/loopback_server.h"

namespace causal_gym {
namespace {

constexpr const char* sound_file =
    R"({"collected": "2026-01-31", "prices": [
      {"host": "api.openai.com", "model": "gpt-4o-mini", "input": 7, "output": 8},
      {"host": "gate.example", "model": "own-*", "input": 1, "output": 2}]})";

class ModelPrices : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    const auto path = folder.file("prices.json");
    std::ofstream(path) << text;
    return path;
  }
  TemporaryFolder folder;
};

ConfigSources sources_of(const std::map<std::string, std::string>& variables) {
  return {[variables](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          [](const std::string&) -> Result<std::string> { return std::string(); }};
}

TEST_F(ModelPrices, RowsOfTheFileGoBeforeThoseOfTheProgram) {
  const auto prices = model_prices(file(sound_file)).value();
  const auto input = [&](const char* url, const char* model) {
    const auto price = prices.find({"openai", url, model}, 1);
    return price ? price->input : -1;
  };
  EXPECT_EQ(input("https://api.openai.com/v1", "gpt-4o-mini"), 7);
  EXPECT_EQ(input("https://gate.example", "own-1"), 1);
  EXPECT_EQ(input("https://api.anthropic.com", "claude-haiku-4-5"), 1);  // as built in
  EXPECT_EQ(input("https://gate.example", "other"), -1);
  EXPECT_EQ(model_prices("")->rows().size(), PriceTable::built_in().rows().size());
}

TEST_F(ModelPrices, AFileThatCannotBeReadIsNamed) {
  const auto missing = model_prices(folder.file("none.json"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("none.json"), std::string::npos);
  const auto path = file(R"({"collected": "2026-01-31", "prices": [{"host": "h", "modle": "m"}]})");
  const auto misspelt = model_prices(path);
  ASSERT_FALSE(misspelt.has_value());
  EXPECT_EQ(error_text(misspelt.error()), "unknown_name: no member \"modle\" of a price table (" +
                                              path + ", prices[0]); did you mean 'model'?");
}

TEST_F(ModelPrices, APriceIsNeededAtTheAddressWhereAModelIsAsked) {
  const auto prices = model_prices(file(sound_file)).value();
  const auto sources = sources_of({{"OPENAI_API_KEY", "k"}, {"COMPATIBLE_API_KEY", "k"}});
  const auto check = [&](const std::vector<std::string>& agents, const std::string& base_url) {
    return check_prices_known(agents, prices, sources, base_url);
  };
  EXPECT_TRUE(check({"ideal", "openai/gpt-4o-mini(temperature=0)"}, ""));
  EXPECT_TRUE(check({"compatible/own-2"}, "https://gate.example/v1"));
  EXPECT_TRUE(check({"ollama/anything"}, ""));          // on this machine
  EXPECT_TRUE(check({"opnai/anything", "ideal"}, ""));  // told where it is asked
  const auto unknown = check({"openai/gpt-4o-mini", "openai/gpt-9(schema=off)"}, "");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(error_text(unknown.error()),
            "invalid_argument: the price of 'openai/gpt-9(schema=off)' at api.openai.com is not "
            "known, so that --max-cost cannot be kept; give --prices FILE, such as {\"prices\": "
            "[{\"host\": \"api.openai.com\", \"model\": \"gpt-9\", \"input\": 1.0, \"output\": "
            "4.0, \"as_of\": \"2026-11-26\"}]} with USD per million tokens, 0 where it is free");
  EXPECT_FALSE(check({"openai/own"}, "http://127.0.0.1:4000/v1")) << "a gateway may stand there";
  EXPECT_FALSE(check({"openai/gpt-4o-mini"}, "https://gate.example/v1"));
}

TEST_F(ModelPrices, AFileThatSaysNothingOfTheModelsIsToldOf) {
  const auto sources = sources_of({{"OPENAI_API_KEY", "k"}});
  const auto path = file(sound_file);
  const auto text = [&](const std::vector<std::string>& agents, const std::string& base_url) {
    return unused_prices_text(path, agents, sources, base_url).value();
  };
  EXPECT_EQ(text({"ideal"}, ""), "warning: --prices " + path +
                                     " is of no use: no agent of this run is a language model\n");
  EXPECT_NE(text({"anthropic/m"}, ""), "") << "no key is needed";
  EXPECT_EQ(text({"openai/gpt-9", "openai/gpt-4o-mini"}, ""), "");
  EXPECT_EQ(text({"openai/gpt-9"}, ""),
            "warning: no row of --prices " + path +
                " is of a model of this run; one of 'openai/gpt-9' has the host 'api.openai.com' "
                "and the model 'gpt-9'\n");
  EXPECT_NE(text({"openai/gpt-4o-mini"}, "http://127.0.0.1:4000/v1"), "");
  EXPECT_EQ(unused_prices_text("", std::vector<std::string>{"openai/gpt-9"}, sources, "").value(),
            "");
}

TEST_F(ModelPrices, WhatRunsOnThisMachineForNothingIsKnown) {
  const auto free = [](const std::vector<std::string>& agents, const std::string& base_url) {
    return run_free_here(agents, PriceTable::built_in(), sources_of({}), base_url);
  };
  EXPECT_TRUE(free({"ideal", "ollama/llama3.2"}, ""));
  EXPECT_TRUE(free({"openai/causal-gym/ideal"}, "http://127.0.0.1:8501/v1"));
  EXPECT_FALSE(free({"ollama/llama3.2", "openai/gpt-5.5"}, ""));
  EXPECT_FALSE(free({"openai/gpt-5.5"}, "http://127.0.0.1:4000/v1"));
  EXPECT_FALSE(free({"ollama/gpt-oss:120b-cloud"}, ""));
}

struct Ran {
  int code;
  std::string out;
  std::string err;
};

Ran run(std::vector<const char*> words) {
  std::ostringstream out;
  std::ostringstream err;
  Shell shell{out, err, false, {}, {}};
  words.insert(words.begin(), "causal-gym");
  const int code = run_command_line(static_cast<int>(words.size()), words.data(), shell);
  return {code, out.str(), err.str()};
}

// The command asks a server on this machine by a name that the table does not know as local.
TEST_F(ModelPrices, ABudgetForAModelWithoutAPriceStopsBeforeAnythingIsSent) {
  LoopbackServer server([](const LoopbackRequest&) {
    return whole_answer(200, R"({"choices":[{"index":0,"finish_reason":"stop","message":)"
                             R"({"role":"assistant","content":"{\"belief\": 0.5}"}}],)"
                             R"("usage":{"prompt_tokens":10,"completion_tokens":5}})");
  });
  const auto port = server.url().substr(server.url().rfind(':'));
  const auto url = "http://0x7f000001" + port + "/v1";
  const auto database = folder.file("runs.sqlite");
  const auto with = [&](std::vector<const char*> more) {
    std::vector<const char*> words = {
        "run",        "--environments", "chain-v1",   "--agents",       "compatible/own-1",
        "--base-url", url.c_str(),      "--database", database.c_str(), "--trials",
        "1",          "--max-cost",     "100"};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  };
  const auto refused = with({});
  EXPECT_NE(refused.code, 0);
  EXPECT_NE(refused.err.find("'compatible/own-1' at 0x7f000001"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--prices"), std::string::npos) << refused.err;
  EXPECT_EQ(server.requests(), 0);
  const auto path = file(R"({"collected": "2026-01-31", "prices": [
      {"host": "0x7f000001", "model": "own-*", "input": 100, "output": 1000}]})");
  const auto paid = with({"--prices", path.c_str()});
  EXPECT_EQ(paid.code, 0) << paid.err;
  EXPECT_GT(server.requests(), 0);
  // 10 tokens at 100 USD, and 5 at 1,000 USD, per million.
  std::ostringstream cost;
  cost.setf(std::ios::fixed);
  cost.precision(4);
  cost << 0.006 * server.requests() << " USD";
  EXPECT_NE(paid.err.find(cost.str()), std::string::npos) << paid.err;
}

// On this machine a gateway may stand, behind which somebody is paid.
TEST_F(ModelPrices, ARunTellsThatAPriceIsNotKnownOrThatNothingIsPaid) {
  LoopbackServer server([](const LoopbackRequest& request) {
    if (request.head.find("/api/chat") != std::string::npos)
      return whole_answer(200, R"({"model":"m","message":{"role":"assistant","content":)"
                               R"("{\"belief\": 0.5}"},"done":true,"done_reason":"stop",)"
                               R"("prompt_eval_count":10,"eval_count":5})");
    return whole_answer(200, R"({"choices":[{"index":0,"finish_reason":"stop","message":)"
                             R"({"role":"assistant","content":"{\"belief\": 0.5}"}}],)"
                             R"("usage":{"prompt_tokens":10,"completion_tokens":5}})");
  });
  const auto database = folder.file("runs.sqlite");
  const auto of = [&](const char* agent, std::vector<const char*> more) {
    const auto url = server.url() + (std::string(agent).starts_with("ollama") ? "" : "/v1");
    std::vector<const char*> words = {"run",           "--environments", "chain-v1",  "--agents",
                                      agent,           "--base-url",     url.c_str(), "--database",
                                      database.c_str()};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  };
  const auto paid = of("compatible/m", {});
  EXPECT_EQ(paid.code, 0) << paid.err;
  EXPECT_NE(paid.err.find("of them is not known"), std::string::npos) << paid.err;
  EXPECT_EQ(paid.err.find("USD"), std::string::npos) << paid.err;
  const auto own = of("ollama/m", {"--max-cost", "1"});
  EXPECT_EQ(own.code, 0) << own.err;
  EXPECT_NE(own.err.find(", free: runs on this machine\n"), std::string::npos) << own.err;
  const auto asked = server.requests();
  const auto capped = of("compatible/m", {"--max-cost", "1"});
  EXPECT_NE(capped.code, 0);
  EXPECT_NE(capped.err.find(R"({"host": "127.0.0.1", "model": "m",)"), std::string::npos)
      << capped.err;
  EXPECT_NE(of("compatible/m", {"--dry-run"}).out.find("not known"), std::string::npos);
  const auto bound = of("ollama/m", {"--dry-run"}).out;
  EXPECT_NE(bound.find("ollama/m: free: it runs on this machine.\n"), std::string::npos) << bound;
  EXPECT_EQ(bound.find("0.0000"), std::string::npos) << bound;
  EXPECT_EQ(server.requests(), asked);
}

TEST_F(ModelPrices, AFileWithoutADateOrOfNoUseIsToldOfInEachRun) {
  const auto database = folder.file("runs.sqlite");
  const auto of = [&](const std::string& text, std::vector<const char*> more) {
    const auto path = file(text);
    std::vector<const char*> words = {"run",        "--environments", "chain-v1",
                                      "--database", database.c_str(), "--prices",
                                      path.c_str()};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  };
  const auto* undated = R"({"prices": [{"host": "h", "model": "m", "input": 1, "output": 1}]})";
  for (const auto& more : {std::vector<const char*>{"--agents", "ideal"},
                           std::vector<const char*>{"--agents", "ideal", "--dry-run"},
                           std::vector<const char*>{"--agents", "openai/m", "--dry-run"}}) {
    const auto refused = of(undated, more);
    EXPECT_EQ(refused.code, 2) << more.back();
    EXPECT_NE(refused.err.find("has no date"), std::string::npos) << refused.err;
    const auto told = of(sound_file, more);
    EXPECT_EQ(told.code, 0) << told.err;
    EXPECT_EQ(told.err.find("warning: ") == std::string::npos, false) << told.err;
  }
}

}  // namespace
}  // namespace causal_gym
