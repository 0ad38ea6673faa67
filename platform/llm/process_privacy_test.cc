// A process that holds keys leaves no core dump, from before the first key is sent.
#include "platform/llm/process_privacy.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/llm/transfer.h"

namespace causal_gym {
namespace {

// 0: this process would leave no core dump; else which of the two is missing.
int what_is_missing() {
  rlimit limit{1, 1};
  if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0) return 1;
  return prctl(PR_GET_DUMPABLE) == 0 ? 0 : 2;
}

// In a process of its own, as nothing takes it back.
template <class Work>
int missing_after(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(what_is_missing());
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST(ProcessPrivacy, NoCoreDumpIsLeft) {
  EXPECT_EQ(missing_after([] { keep_memory_private(); }), 0);
}

TEST(ProcessPrivacy, WhoSendsRequestsWithKeysHasItBefore) {
  EXPECT_EQ(missing_after([] { (void)Transfers::start({}); }), 0);
}

}  // namespace
}  // namespace causal_gym
