#include "cli/simulation_report.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"

namespace bramley {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

// Three significant figures are what the histogram knows.
double rounded(double value) {
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.3g", value));
  return std::strtod(text.data(), nullptr);
}

Json statuses_of(const MessageStatistics& message) {
  Json statuses = Json::object();
  for (const auto& [status, count] : message.by_status) {
    statuses[std::to_string(status)] = count;
  }
  return statuses;
}

Json messages_of(const SimulationStatistics& statistics) {
  Json messages = Json::array();
  for (const MessageStatistics& message : statistics.messages()) {
    messages.push_back({{"message", message.message},
                        {"sent", message.sent},
                        {"statuses", statuses_of(message)},
                        {"unanswered", message.unanswered},
                        {"p50_ms", rounded(Milliseconds(message.p50).count())},
                        {"p99_ms", rounded(Milliseconds(message.p99).count())}});
  }
  return messages;
}

Json errors_of(const SimulationStatistics& statistics) {
  Json errors = Json::array();
  for (const auto& [error, count] : statistics.errors()) {
    errors.push_back({{"error", error}, {"count", count}});
  }
  return errors;
}

// "200: 14, 400: 1, none: 2"
std::string answers_text(const Json& message) {
  std::string text;
  const auto add = [&text](const std::string& name, const Json& count) {
    text += (text.empty() ? "" : ", ") + name + ": " + count.dump();
  };
  for (const auto& [status, count] : message["statuses"].items()) {
    add(status, count);
  }
  if (message["unanswered"] != 0) {
    add("none", message["unanswered"]);
  }
  return text;
}

void print_tables(Session& session, const Json& record) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& message : record["messages"]) {
    rows.push_back({cell_text(message["message"]), cell_text(message["sent"]),
                    answers_text(message), cell_text(message["p50_ms"]),
                    cell_text(message["p99_ms"])});
  }
  Table table({"MESSAGE", "SENT", "ANSWERS", "P50 MS", "P99 MS"}, session.output().width());
  session.output().text("\n" + table.add(rows));
  if (record["errors"].empty()) {
    return;
  }
  session.output().text("\nErrors:\n");
  for (const Json& error : record["errors"]) {
    session.output().text(error["count"].dump() + " x " +
                          escape_for_terminal(text_member(error, "error")) + "\n");
  }
}

void print(Session& session, Json record, const SimulationStatistics& statistics) {
  const bool is_table = session.output().format() == OutputFormat::table;
  if (is_table) {
    session.output().text(outline(record, session.output().width()));
  }
  record["messages"] = messages_of(statistics);
  record["errors"] = errors_of(statistics);
  if (is_table) {
    print_tables(session, record);
  } else {
    session.output().record(record);
  }
}

}  // namespace

void print_simulation(Session& session, const FleetCounts& counts,
                      const SimulationStatistics& statistics, std::chrono::milliseconds took) {
  print(session,
        {{"devices", counts.devices},
         {"enrolled", counts.enrolled},
         {"failed", counts.failed},
         {"left", counts.left},
         {"checked_out", counts.checked_out},
         {"prepared", counts.prepared},
         {"duration_ms", took.count()},
         {"requests", statistics.total()}},
        statistics);
}

void print_replay(Session& session, const ReplaySummary& summary,
                  const SimulationStatistics& statistics) {
  const double requests = static_cast<double>(std::max<std::uint64_t>(summary.requests, 1));
  const double seconds = std::chrono::duration<double>(summary.took).count();
  print(
      session,
      {{"devices", summary.devices},
       {"requests", summary.requests},
       {"duration_ms", std::chrono::duration_cast<std::chrono::milliseconds>(summary.took).count()},
       {"requests_per_second", rounded(seconds > 0 ? requests / seconds : 0)},
       {"generator_cpu_us_per_request",
        rounded(static_cast<double>(summary.processor_time.count()) / requests)}},
      statistics);
}

}  // namespace bramley
