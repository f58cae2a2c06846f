#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace bramley {

// A program to run, found in PATH as shells do. Its words can be seen by every user of the machine:
// what is secret goes in as `input`, its standard input.
struct ProgramRun {
  std::vector<std::string> words;
  ByteView input = {};
  std::chrono::milliseconds limit{60'000};  // then it is ended
};

struct ProgramEnd {
  int code = 0;
  SecretBytes output;  // standard output
  std::string errors;  // standard error; of either at most 64 KiB, the rest is dropped
};

// not_found: there is no such program. unavailable: it cannot be started, took too long, or was
// ended by a signal.
Result<ProgramEnd> run_program(const ProgramRun& run);

using ProgramRunner = std::function<Result<ProgramEnd>(const ProgramRun&)>;

}  // namespace bramley
