// Tables whose rows become cards where the page is narrow, so that nothing is cut off or scrolls
// out of sight; and what stands in cells. Cost: linear in the cells.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace causal_gym {

struct Column {
  std::string_view name;
  bool is_number = false;
};

// `label` is what the table is of, for who cannot see it. Cells are HTML, one for each column; the
// first heads its row.
[[nodiscard]] std::string card_table(std::string_view label, std::span<const Column> columns,
                                     std::span<const std::vector<std::string>> rows);

// A moment that timestamp_text wrote, which stays on one line: to the second, as people read it,
// and whole for programs. Any other text is shown as it is.
[[nodiscard]] std::string time_html(std::string_view timestamp);

}  // namespace causal_gym
