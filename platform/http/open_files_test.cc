// The limit of open files goes up as far as it may, and never down.
#include "platform/http/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace causal_gym {
namespace {

// In a process of its own, whose limits are lowered first.
int child_with(rlim_t soft, rlim_t hard, std::size_t wanted) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{soft, hard};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) _exit(255);
    rlimit after{};
    const auto told = allow_open_files(wanted);
    getrlimit(RLIMIT_NOFILE, &after);
    _exit(told == after.rlim_cur ? static_cast<int>(told) : 254);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(OpenFiles, AreAllowedAsFarAsTheSystemDoes) {
  EXPECT_EQ(child_with(100, 200, 150), 150);
  EXPECT_EQ(child_with(100, 200, 1'000), 200);
  EXPECT_EQ(child_with(100, 200, 50), 100);
}

}  // namespace
}  // namespace causal_gym
