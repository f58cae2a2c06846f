#pragma once

#include <map>
#include <span>
#include <string>

#include "core/net/http_message.h"
#include "server/service/command_service.h"

namespace bramley {

// NanoMDM's answer to /v1/push and /v1/enqueue (mdm.md §1.6, APIResult), byte for byte as its
// programs know it: indented with tabs, empty members left out, ids sorted, a final newline.
struct NanoMdmResult {
  struct Enrollment {
    std::string push_error;
    std::string push_result;
    std::string command_error;
    [[nodiscard]] bool failed() const { return !push_error.empty() || !command_error.empty(); }
  };
  // How many different enrollments were meant: those without anything to tell are not in `status`.
  std::size_t targets = 0;
  std::map<std::string, Enrollment> status;
  bool no_push = false;
  std::string push_error;
  std::string command_error;
  std::string command_uuid;
  std::string request_type;

  void add(std::span<const PushOutcome> outcomes);
  void add(std::span<const CommandQueue::Refusal> refusals);

  // 500 when all of it failed, 207 when some enrollments did, else 200.
  [[nodiscard]] int http_status() const;
  [[nodiscard]] Bytes body() const;
  [[nodiscard]] HttpResponse response() const;
};

}  // namespace bramley
