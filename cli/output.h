#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json.h"
#include "cli/table.h"
#include "core/base/bytes.h"

namespace bramley {

enum class OutputFormat { table, json, ndjson, yaml };
// malformed: none of the four.
Result<OutputFormat> parse_output_format(std::string_view name);

// A column of a list: its title in the table, and the member it shows.
struct Column {
  std::string title;
  std::string member;
};

// Items that may be many: they are printed as they come. table: columns; json: one array; ndjson:
// one object a line; yaml: one sequence.
class ListPrinter {
 public:
  ListPrinter(std::ostream& out, OutputFormat format, std::vector<Column> columns, LineWidth width);
  // Array of objects.
  void add(const Json& items);
  // One of the two must be called, once, after the last. abandon: an error keeps the rest from
  // coming; what was begun is closed, and nothing is begun.
  void finish();
  void abandon();

 private:
  void add_rows(const Json& items);

  std::ostream& out_;
  OutputFormat format_;
  std::vector<Column> columns_;
  Table table_;
  bool empty_ = true;
};

// Where data goes: stdout, in the format of -o.
class Output {
 public:
  // `width`: of the terminal; none when it is no terminal.
  Output(std::ostream& out, OutputFormat format, LineWidth width)
      : out_(out), format_(format), width_(width) {}

  [[nodiscard]] OutputFormat format() const { return format_; }
  // Errors and hints then go to stderr as one line of JSON.
  [[nodiscard]] bool is_for_programs() const {
    return format_ == OutputFormat::json || format_ == OutputFormat::ndjson;
  }
  [[nodiscard]] LineWidth width() const { return width_; }

  // One object.
  void record(const Json& object);
  // A list that is short; columns for the table.
  void list(const Json& items, std::vector<Column> columns);
  [[nodiscard]] ListPrinter start_list(std::vector<Column> columns);
  // Text for people, in the table format only: already escaped.
  void text(std::string_view text) { out_ << text; }
  // Bytes as they are.
  void raw(ByteView content);

 private:
  std::ostream& out_;
  OutputFormat format_;
  LineWidth width_;
};

}  // namespace bramley
