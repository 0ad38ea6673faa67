// What a command may touch: its streams, whether they are terminals, the environment it runs in,
// and cancellation.
#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>

#include "engine/base/cancellation.h"
#include "engine/base/printable.h"
#include "engine/base/result.h"
#include "platform/config/read_configuration.h"

namespace causal_gym {

struct Shell {
  std::ostream& out;  // results
  std::ostream& err;  // everything else
  bool err_is_terminal = false;
  CancellationToken cancellation;
  std::function<int(const ConfigReading&, Shell&)>
      serve;  // runs the server until it is told to stop
  // Carries out stored runs, so many at once; with `drain`, until none waits.
  std::function<int(const ConfigReading&, std::size_t concurrency, bool drain, Shell&)> work = {};
};

// "causal-gym: unknown_name: ..." on err; returns the exit code of the error.
int report(Shell& shell, const Error& error);

// As report, of a run: who cancelled it knows why.
int report_stop(Shell& shell, const Error& error);

}  // namespace causal_gym
