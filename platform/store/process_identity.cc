#include "platform/store/process_identity.h"

#include <limits.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace causal_gym {

namespace {

struct ProcessState {
  char state = ' ';
  std::string started;
};

// /proc/PID/stat: the number, the name in parentheses, which may hold anything, the state as field
// 3 and the start as field 22.
ProcessState state_of(std::int64_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text, '\0');
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  ProcessState result;
  fields >> result.state;
  for (int field = 4; field <= 22; ++field) fields >> result.started;
  return result;
}

std::string read_machine() {
  std::string machine;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> machine;
  std::error_code unreadable;
  return machine + " " + std::filesystem::read_symlink("/proc/self/ns/pid", unreadable).string();
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

ProcessIdentity this_process() {
  return {getpid(), state_of(getpid()).started, this_machine(), host_name()};
}

const std::string& this_machine() {
  static const std::string machine = read_machine();
  return machine;
}

bool is_alive(const ProcessIdentity& identity) {
  const auto found = state_of(identity.process);
  const bool ended = found.state == ' ' || found.state == 'Z' || found.state == 'X';
  return !ended && found.started == identity.started;
}

}  // namespace causal_gym
