#include "platform/http/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace causal_gym {

std::size_t allow_open_files(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto soft = limit.rlim_cur;
  if (soft == RLIM_INFINITY) return std::numeric_limits<std::size_t>::max();
  const rlim_t most = limit.rlim_max == RLIM_INFINITY ? rlim_t{wanted} : limit.rlim_max;
  limit.rlim_cur = std::max(soft, std::min<rlim_t>(wanted, most));
  if (limit.rlim_cur > soft && setrlimit(RLIMIT_NOFILE, &limit) != 0) return soft;
  return limit.rlim_cur;
}

}  // namespace causal_gym
