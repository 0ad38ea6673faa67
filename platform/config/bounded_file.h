// Small files that operators write: a configuration, a secret.
// Cost: one read of at most the limit.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/result.h"

namespace causal_gym {

inline constexpr std::size_t longest_secret_file_bytes = 64 << 10;
inline constexpr std::size_t longest_config_file_bytes = 1 << 20;

struct FileText {
  std::string text;
  bool readable_by_others = false;  // a regular file with the permission o+r
};

// Errors, which name the file: not_found; unavailable (may not be read, a folder, fails while it is
// read); limit_exceeded.
[[nodiscard]] Result<FileText> read_bounded_file(const std::string& path, std::size_t most_bytes);

// The same without the newline at its end. Besides: invalid_argument (nothing in it).
[[nodiscard]] Result<FileText> read_secret_file(const std::string& path);

}  // namespace causal_gym
