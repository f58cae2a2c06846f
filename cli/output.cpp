#include "cli/output.h"

#include <nlohmann/json.hpp>

namespace bramley {
namespace {

constexpr int json_indent = 2;

std::vector<std::string> titles_of(const std::vector<Column>& columns) {
  std::vector<std::string> titles;
  titles.reserve(columns.size());
  for (const Column& column : columns) {
    titles.push_back(column.title);
  }
  return titles;
}

std::string indented_item(const Json& item) {
  std::string text = "  ";
  for (const char c : write_json(item, json_indent)) {
    text.push_back(c);
    if (c == '\n') {
      text += "  ";
    }
  }
  return text;
}

}  // namespace

Result<OutputFormat> parse_output_format(std::string_view name) {
  if (name == "table") {
    return OutputFormat::table;
  }
  if (name == "json") {
    return OutputFormat::json;
  }
  if (name == "ndjson") {
    return OutputFormat::ndjson;
  }
  if (name == "yaml") {
    return OutputFormat::yaml;
  }
  return Error{ErrorCode::malformed, "'" + std::string(name) + "' is no output format"};
}

ListPrinter::ListPrinter(std::ostream& out, OutputFormat format, std::vector<Column> columns,
                         LineWidth width)
    : out_(out),
      format_(format),
      columns_(std::move(columns)),
      table_(titles_of(columns_), width) {}

void ListPrinter::add(const Json& items) {
  if (format_ == OutputFormat::table) {
    add_rows(items);
    return;
  }
  for (const Json& item : items) {
    switch (format_) {
      case OutputFormat::table:
        break;
      case OutputFormat::json:
        out_ << (empty_ ? "[\n" : ",\n") << indented_item(item);
        break;
      case OutputFormat::ndjson:
        out_ << write_json(item, -1) << "\n";
        break;
      case OutputFormat::yaml:
        out_ << write_yaml(Json::array({item}));
        break;
    }
    empty_ = false;
  }
  out_.flush();
}

void ListPrinter::add_rows(const Json& items) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& item : items) {
    std::vector<std::string> cells;
    for (const Column& column : columns_) {
      const auto member = item.find(column.member);
      cells.push_back(member == item.end() ? "-" : cell_text(*member));
    }
    rows.push_back(std::move(cells));
  }
  if (!rows.empty()) {
    out_ << table_.add(rows);
    empty_ = false;
  }
}

void ListPrinter::finish() {
  switch (format_) {
    case OutputFormat::table:
      if (empty_) {
        out_ << table_.add({});
      }
      break;
    case OutputFormat::json:
      out_ << (empty_ ? "[]\n" : "\n]\n");
      break;
    case OutputFormat::ndjson:
      break;
    case OutputFormat::yaml:
      if (empty_) {
        out_ << "[]\n";
      }
      break;
  }
}

void ListPrinter::abandon() {
  if (!empty_) {
    finish();
  }
}

void Output::record(const Json& object) {
  switch (format_) {
    case OutputFormat::table:
      out_ << outline(object, width_);
      break;
    case OutputFormat::json:
      out_ << write_json(object, json_indent) << "\n";
      break;
    case OutputFormat::ndjson:
      out_ << write_json(object, -1) << "\n";
      break;
    case OutputFormat::yaml:
      out_ << write_yaml(object);
      break;
  }
}

ListPrinter Output::start_list(std::vector<Column> columns) {
  return ListPrinter(out_, format_, std::move(columns), width_);
}

void Output::list(const Json& items, std::vector<Column> columns) {
  ListPrinter printer = start_list(std::move(columns));
  printer.add(items);
  printer.finish();
}

void Output::raw(ByteView content) {
  out_.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
}

}  // namespace bramley
