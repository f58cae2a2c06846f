#include "cli/result_printer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command_report.h"
#include "cli/terminal_text.h"
#include "core/base/words.h"

namespace bramley {
namespace {

constexpr std::size_t shown_examples = 3;

}  // namespace

void add_result_view_flags(CommandNode& node, ResultView& view) {
  node.flag({.name = "summary",
             .help = "Instead of each device's answer: how many devices said the same, and which "
                     "errors"},
            view.summary);
  node.flag({.name = "show-secrets",
             .help = "Show recovery keys, bypass codes and the like in answers; -o json has them "
                     "always"},
            view.show_secrets);
}

std::string devices_in_words(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " device" : " devices");
}

ResultPrinter::ResultPrinter(Session& session, const ResultView& view)
    : session_(session), view_(view), list_(session.output().start_list({})) {}

void ResultPrinter::add(const Json& result) {
  if (view_.summary) {
    Group& group = groups_[command_result_gist(result)];
    if (group.devices++ == 0) {
      group.first = write_json(result, -1);
    }
    if (group.examples.size() < shown_examples) {
      group.examples.push_back(text_member(result, "enrollment_id"));
    }
    return;
  }
  Output& output = session_.output();
  if (output.format() != OutputFormat::table) {
    list_.add(Json::array({result}));
    return;
  }
  output.text((is_first_ ? "" : "\n") +
              command_report_text(result, output.width(),
                                  view_.show_secrets ? Secrets::shown : Secrets::hidden));
  session_.surroundings().out.flush();
  is_first_ = false;
}

void ResultPrinter::print_groups() {
  std::vector<std::pair<std::string, const Group*>> sorted;
  sorted.reserve(groups_.size());
  for (const auto& [gist, group] : groups_) {
    sorted.emplace_back(gist, &group);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::pair(b.second->devices, std::string_view(a.first)) <
           std::pair(a.second->devices, std::string_view(b.first));
  });
  for (const auto& [gist, group] : sorted) {
    if (session_.output().format() != OutputFormat::table) {
      const auto parsed = parse_json(group->first);
      const Json first = parsed ? *parsed : Json();
      Json item = {{"devices", group->devices}, {"state", any_member(first, "state")}};
      item["error_chain"] = array_member(first, "error_chain");
      item["examples"] = group->examples;
      list_.add(Json::array({item}));
      continue;
    }
    std::vector<std::string> examples;
    examples.reserve(group->examples.size());
    for (const std::string& id : group->examples) {
      examples.push_back(escape_for_terminal(id));
    }
    const bool more = group->devices > static_cast<std::int64_t>(group->examples.size());
    session_.output().text(devices_in_words(group->devices) + ": " + gist + "\n  " +
                           join(examples, ", ") + (more ? ", …" : "") + "\n");
  }
}

void ResultPrinter::finish() {
  print_groups();
  if (session_.output().format() != OutputFormat::table) {
    list_.finish();
  }
}

void ResultPrinter::abandon() {
  print_groups();
  if (session_.output().format() != OutputFormat::table) {
    list_.abandon();
  }
}

}  // namespace bramley
