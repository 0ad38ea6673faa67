// Which process this is, and whether another one is still alive.
//
// Source: proc(5), pid_namespaces(7). A process number is used again, so it goes with the time the
// process started; and it means something on one machine only, in one namespace, until it reboots.
// Cost: a few small files of /proc.
#pragma once

#include <cstdint>
#include <string>

namespace causal_gym {

struct ProcessIdentity {
  std::int64_t process = 0;
  std::string started;  // in the kernel's ticks since boot
  std::string machine;  // boot and namespace: where `process` means the same
  std::string host;     // the machine's name, for people
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

[[nodiscard]] ProcessIdentity this_process();

// Of this_process(); read once.
[[nodiscard]] const std::string& this_machine();

// Is that process, of this machine, alive? One that has ended but is not yet waited for is not.
[[nodiscard]] bool is_alive(const ProcessIdentity& identity);

}  // namespace causal_gym
