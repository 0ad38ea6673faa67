// What is wrong with a command line that the argument parser refused: the word itself, and the
// nearest one that is known.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>

#include "engine/base/result.h"

namespace causal_gym {

// The first word that is no command where one is due, or no option of its command. None when all
// are known, and then what the parser says is all there is to say. Words after "--" and the values
// of options are not looked at. Cost: O(words * (commands + options)).
[[nodiscard]] std::optional<Error> unknown_word(const CLI::App& app,
                                                std::span<const char* const> words);

}  // namespace causal_gym
