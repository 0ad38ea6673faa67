#include "gym/agent/turn.h"

#include <array>

namespace causal_gym {

namespace {

constexpr std::string_view no_parameters =
    R"({"type":"object","properties":{},"required":[],"additionalProperties":false})";

constexpr std::array<AgentTool, 5> tools = {{
    {"observe", "Shows again everything that was shown so far, and where the episode stands.",
     no_parameters},
    {"intervene",
     "Begins the next phase under one of the interventions that are offered, once every question "
     "of this phase is answered. Each can be used once; it replaces the one before.",
     R"({"type":"object","properties":{"intervention":{"type":"string","description":)"
     R"("one that is offered, as it is written there"}},"required":["intervention"],)"
     R"("additionalProperties":false})"},
    {"ask_history", "Tells what you did, what was drawn and which beliefs you stated so far.",
     no_parameters},
    {"state_belief",
     "Answers an open question, once a phase, with a number; null refuses to answer it.",
     R"({"type":"object","properties":{"query":{"type":"string","description":)"
     R"("the question that is answered, as it is written there"},"belief":{"type":["number",)"
     R"("null"],"description":"the number, in its range"}},"required":["query","belief"],)"
     R"("additionalProperties":false})"},
    {"stop",
     "Ends the episode; questions that are still open count as refused, those to come as not "
     "reached.",
     no_parameters},
}};

}  // namespace

std::span<const AgentTool> agent_tools() { return tools; }

}  // namespace causal_gym
