// Processes that live, have ended, or are others of the same number.
#include "platform/store/process_identity.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace causal_gym {
namespace {

TEST(ProcessIdentity, ThisProcessIsAliveAndStaysTheSame) {
  const auto self = this_process();
  EXPECT_EQ(self.process, getpid());
  EXPECT_FALSE(self.started.empty());
  EXPECT_FALSE(self.host.empty());
  EXPECT_TRUE(is_alive(self));
  EXPECT_EQ(this_process(), self);
}

TEST(ProcessIdentity, AnotherProcessOfTheSameNumberIsNotTheOneAskedFor) {
  auto earlier = this_process();
  earlier.started += "1";
  EXPECT_FALSE(is_alive(earlier));
}

TEST(ProcessIdentity, AKilledProcessIsDeadBeforeAndAfterItIsWaitedFor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string started = this_process().started + "\n";
    if (write(ends[1], started.data(), started.size()) < 0) _exit(1);
    for (;;) pause();
  }
  char text[64] = {};
  ASSERT_GT(read(ends[0], text, sizeof text - 1), 0);
  auto identity = this_process();
  identity.process = child;
  identity.started = std::string(text).substr(0, std::string(text).find('\n'));
  EXPECT_TRUE(is_alive(identity));
  kill(child, SIGKILL);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(is_alive(identity)) << "not yet waited for";
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(is_alive(identity));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace causal_gym
