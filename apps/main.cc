// The program `causal-gym`: joins the command line and the server, and turns signals into
// cancellation.
#include <csignal>
#include <iostream>

#include <unistd.h>

#include "apps/cli/command_line.h"
#include "apps/cli/exit_code.h"
#include "apps/server/serve.h"
#include "apps/server/work.h"

namespace {

using namespace causal_gym;

CancellationSource& interruption() {
  static CancellationSource source;
  return source;
}

void on_signal(int) { interruption().cancel(); }

// The first Ctrl-C or SIGTERM asks for a clean end; the second ends the program at once.
void install_signal_handlers() {
  (void)interruption();
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  install_signal_handlers();
  Shell shell{std::cout, std::cerr, isatty(STDERR_FILENO) == 1, interruption().token(), nullptr};
  shell.serve = [](const ConfigReading& reading, Shell& streams) {
    return serve(reading, streams.cancellation);
  };
  shell.work = [](const ConfigReading& reading, std::size_t concurrency, bool drain,
                  Shell& streams) {
    return work(reading, {concurrency, drain, {}}, streams.cancellation);
  };
  const int code = run_command_line(argc, argv, shell);
  std::cout.flush();
  if (!std::cout && code == exit_success) {
    std::cerr << "causal-gym: standard output could not be written\n";
    return exit_internal;
  }
  return code;
}
