// What this process uses, under the names that Prometheus gives in "Writing client libraries",
// section "Process metrics": process_cpu_seconds_total, process_open_fds, process_max_fds,
// process_virtual_memory_bytes, process_resident_memory_bytes, process_start_time_seconds,
// process_threads.
//
// Source: proc(5). Cost: four small files and the listing of a folder. A figure that cannot be read
// is left out.
#pragma once

#include <prometheus/metric_family.h>

#include <optional>
#include <string_view>
#include <vector>

namespace causal_gym {

[[nodiscard]] std::vector<prometheus::MetricFamily> collect_process_metrics();

// The fields of /proc/self/stat that are told.
struct ProcessStat {
  double cpu_ticks = 0;  // in user and in system mode
  double threads = 0;
  double start_ticks = 0;  // since the machine's start
  double virtual_bytes = 0;
  double resident_pages = 0;
};
// The program's name stands in parentheses and may hold spaces and parentheses itself.
[[nodiscard]] std::optional<ProcessStat> read_process_stat(std::string_view text);

}  // namespace causal_gym
