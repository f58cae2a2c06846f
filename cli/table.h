#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/json.h"

namespace bramley {

// How wide lines may be; none: nobody looks, so nothing is cut.
using LineWidth = std::optional<std::size_t>;

// A value on one line: "-" for null and empty texts, yes/no, lists with commas; escaped.
std::string cell_text(const Json& value);

// Columns side by side with titles above. The width of a column is settled by the rows of the first
// `add`: later ones keep it.
class Table {
 public:
  Table(std::vector<std::string> titles, LineWidth width)
      : titles_(std::move(titles)), width_(width) {}
  // Each row has as many cells as there are titles, made by cell_text. The text to print: with the
  // titles the first time.
  std::string add(const std::vector<std::vector<std::string>>& rows);

 private:
  void settle_widths(const std::vector<std::vector<std::string>>& rows);
  [[nodiscard]] std::string line(const std::vector<std::string>& cells) const;

  std::vector<std::string> titles_;
  LineWidth width_;
  std::vector<std::size_t> widths_;
};

// A tree of values, a line each: names to the left, values to the right, what is nested indented
// below its name. Names in snake_case are written as words ("Serial number"); Apple's stay.
std::string outline(const Json& object, LineWidth width);

}  // namespace bramley
