#include "platform/config/bounded_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

namespace causal_gym {

namespace {

struct Descriptor {
  int number;
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

tl::unexpected<Error> cannot_read(const std::string& path, int number) {
  const auto code = number == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
  return fail(code, "'" + path + "' cannot be read: " + std::strerror(number));
}

}  // namespace

Result<FileText> read_bounded_file(const std::string& path, std::size_t most_bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) return cannot_read(path, errno);
  struct stat state = {};
  if (fstat(file.number, &state) != 0) return cannot_read(path, errno);
  FileText read_text;
  read_text.readable_by_others = S_ISREG(state.st_mode) && (state.st_mode & S_IROTH) != 0;
  std::array<char, 16 << 10> block{};
  for (;;) {
    const auto count = read(file.number, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(path, errno);
    if (count == 0) return read_text;
    read_text.text.append(block.data(), static_cast<std::size_t>(count));
    if (read_text.text.size() > most_bytes)
      return fail(ErrorCode::limit_exceeded,
                  "'" + path + "' holds more than " + std::to_string(most_bytes) + " bytes");
  }
}

Result<FileText> read_secret_file(const std::string& path) {
  CAUSAL_GYM_TRY(file, read_bounded_file(path, longest_secret_file_bytes));
  if (file.text.ends_with('\n')) file.text.pop_back();
  if (file.text.ends_with('\r')) file.text.pop_back();
  if (file.text.empty()) return fail(ErrorCode::invalid_argument, "'" + path + "' is empty");
  return file;
}

}  // namespace causal_gym
