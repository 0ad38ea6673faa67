#include "platform/models/text_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/base/limits.h"

namespace causal_gym {

Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes) {
  // A pipe would be waited for, and the size of a folder means nothing.
  std::error_code unreadable;
  const auto status = std::filesystem::status(path, unreadable);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return fail(ErrorCode::unavailable, "cannot read '" + path + "': not a regular file");
  errno = 0;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
    return fail(code, "cannot read '" + path + "': " + std::strerror(errno));
  }
  const auto size = file.tellg();
  CAUSAL_GYM_CHECKED(
      check_limit("bytes of '" + path + "'", static_cast<std::size_t>(size), limit_bytes));
  std::string text(static_cast<std::size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
    return fail(ErrorCode::unavailable, "cannot read '" + path + "': " + std::strerror(errno));
  return text;
}

}  // namespace causal_gym
