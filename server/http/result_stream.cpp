#include "server/http/result_stream.h"

#include "server/http/api_documents.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

using std::chrono::steady_clock;

std::string message(std::string_view name, const std::string& data) {
  // json_body ends with a line break; an empty line ends the message.
  return "event: " + std::string(name) + "\ndata: " + data + "\n";
}

}  // namespace

std::optional<Bytes> ResultStream::pull() {
  if (done_ || bell_.is_closed() || !audience_.is_welcome()) {
    return std::nullopt;
  }
  if (!greeted_) {
    greeted_ = true;
    spoke_at_ = steady_clock::now();
    return to_bytes("retry: 2000\n: results follow\n\n");
  }
  const auto found = look();
  if (!found) {
    return std::nullopt;
  }
  std::string text = *found;
  if (text.empty() && steady_clock::now() - spoke_at_ >= limits::stream_heartbeat) {
    text = ": still here\n\n";
  }
  if (!text.empty()) {
    spoke_at_ = steady_clock::now();
    return to_bytes(text);
  }
  bell_.rest(limits::results_look);
  return Bytes();
}

Result<std::string> ResultStream::look() {
  // The counts first: whatever they count is in the log when it is read after them.
  TRY_ASSIGN(const auto command, commands_.find(uuid_));
  if (!command) {
    return Error{ErrorCode::not_found, "no such command"};
  }
  std::string text;
  if (std::string summary = to_text(json_body(command_document(*command))); summary != summary_) {
    text += message("summary", summary);
    summary_ = std::move(summary);
  }
  TRY_ASSIGN(const bool exhausted, append_results(text));
  if (exhausted && command->pending == 0) {
    text += message("done", summary_);
    done_ = true;
  }
  return text;
}

Result<bool> ResultStream::append_results(std::string& text) {
  std::size_t count = 0;
  while (count < limits::streamed_results && text.size() < limits::streamed_results_bytes) {
    TRY_ASSIGN(auto slice,
               commands_.settled(uuid_, after_, limits::results_slice, limits::report_in_list));
    if (slice.empty()) {
      return true;
    }
    for (auto& [position, delivery] : slice) {
      audience_.clean(delivery);
      text += "id: " + std::to_string(position) + "\n" +
              message("result", to_text(json_body(result_document(delivery))));
      after_ = position;
    }
    count += slice.size();
  }
  return false;
}

}  // namespace bramley
