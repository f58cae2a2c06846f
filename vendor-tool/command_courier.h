#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "vendor-tool/signing_worker.h"

namespace bramley {

// Runs a program for each file: PROGRAM FILE EMAIL, without a shell, with nothing on its standard
// input, its output on our standard error, no descriptor of ours, and in its environment what it is
// given here and BRAMLEY_REQUEST_ID, _CUSTOMER, _EMAIL and _FILE. Killed, with all it started, when
// it takes longer than `limit`.
class CommandCourier : public Courier {
 public:
  // `environment`: NAME=VALUE.
  CommandCourier(std::filesystem::path program, std::vector<std::string> environment,
                 std::chrono::milliseconds limit = std::chrono::minutes(1))
      : program_(std::move(program)), environment_(std::move(environment)), limit_(limit) {}

  Status deliver(const SigningCase& subject) override;

 private:
  const std::filesystem::path program_;
  const std::vector<std::string> environment_;
  const std::chrono::milliseconds limit_;
};

}  // namespace bramley
