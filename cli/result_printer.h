#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "cli/json.h"
#include "cli/report_outline.h"
#include "cli/session.h"

namespace bramley {

// How results are shown: the same flags for every command that prints them.
struct ResultView {
  bool summary = false;
  bool show_secrets = false;
};
// Declares --summary and --show-secrets.
void add_result_view_flags(CommandNode& node, ResultView& view);

// Prints the results of a command as they come: a text for each for people, items of a list for
// programs; or, with --summary, at the end how many devices said the same.
class ResultPrinter {
 public:
  ResultPrinter(Session& session, const ResultView& view);
  void add(const Json& result);
  // One of the two, once, after the last; as ListPrinter has them.
  void finish();
  void abandon();

 private:
  struct Group {
    std::string first;  // the result that came first, as JSON
    std::int64_t devices = 0;
    std::vector<std::string> examples;
  };

  void print_groups();

  Session& session_;
  const ResultView view_;
  ListPrinter list_;
  std::map<std::string, Group> groups_;  // by what they have in common
  bool is_first_ = true;
};

// "1 device", "2,000 devices" without the comma
std::string devices_in_words(std::int64_t count);

}  // namespace bramley
