#include "platform/telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace causal_gym {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

std::string file_text(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

MetricFamily family_of(const char* name, const char* help, MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return {name, help, type, {metric}};
}

// Of the machine, in seconds since 1970.
std::optional<double> boot_seconds() {
  std::istringstream in(file_text("/proc/stat"));
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("btime ")) {
      std::istringstream number(line.substr(6));
      if (double seconds = 0; number >> seconds) return seconds;
    }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code failed;
  std::filesystem::directory_iterator place("/proc/self/fd", failed);
  double count = 0;
  for (; !failed && place != std::filesystem::directory_iterator(); place.increment(failed))
    ++count;
  if (failed) return std::nullopt;
  return count - 1;  // the listing's own
}

}  // namespace

std::optional<ProcessStat> read_process_stat(std::string_view text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::istringstream in{std::string(text.substr(name_end + 1))};
  // Field 3 follows the name; 14 and 15 are the times, 20 the threads, 22 to 24 the rest.
  std::vector<double> fields(25);
  if (std::string state; !(in >> state)) return std::nullopt;
  for (std::size_t field = 4; field < fields.size(); ++field)
    if (!(in >> fields[field])) return std::nullopt;
  return ProcessStat{fields[14] + fields[15], fields[20], fields[22], fields[23], fields[24]};
}

std::vector<MetricFamily> collect_process_metrics() {
  std::vector<MetricFamily> families;
  const auto gauge = [&](const char* name, const char* help, double value) {
    families.push_back(family_of(name, help, MetricType::Gauge, value));
  };
  if (const auto stat = read_process_stat(file_text("/proc/self/stat"))) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    families.push_back(family_of("process_cpu_seconds_total", "Processor time used, in seconds",
                                 MetricType::Counter, stat->cpu_ticks / ticks));
    gauge("process_virtual_memory_bytes", "Virtual memory, in bytes", stat->virtual_bytes);
    gauge("process_resident_memory_bytes", "Resident memory, in bytes",
          stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    gauge("process_threads", "Threads of the process", stat->threads);
    if (const auto boot = boot_seconds())
      gauge("process_start_time_seconds", "When the process began, in seconds since 1970",
            *boot + stat->start_ticks / ticks);
  }
  if (const auto count = open_files()) gauge("process_open_fds", "Open file descriptors", *count);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    gauge("process_max_fds", "Most file descriptors that may be open",
          static_cast<double>(limit.rlim_cur));
  return families;
}

}  // namespace causal_gym
