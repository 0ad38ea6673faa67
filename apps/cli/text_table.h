// Rows of text as an aligned table for a terminal.
#pragma once

#include <string>
#include <vector>

namespace causal_gym {

enum class Align { left, right };

struct Column {
  std::string heading;
  Align align = Align::left;
};

// One line for the headings, one rule, one line a row; columns are two spaces apart and nothing
// trails a line. Widths count UTF-8 characters. Rows shorter than the columns are filled with empty
// cells.
[[nodiscard]] std::string text_table(const std::vector<Column>& columns,
                                     const std::vector<std::vector<std::string>>& rows);

// "0.7342", at most four digits after the point, trailing zeros kept ("1.0000").
[[nodiscard]] std::string fixed_number(double value, int digits = 4);

// The text cut into lines of at most `width` characters at spaces; every line but the first begins
// with `indent`.
[[nodiscard]] std::string wrapped(const std::string& text, std::size_t width = 88,
                                  const std::string& indent = "");

}  // namespace causal_gym
