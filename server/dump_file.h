#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/base/result.h"

namespace bramley {

// The file that traffic is dumped to: appended to, nobody else's to read (0600), and bounded: when
// it has reached `most_bytes` it becomes FILE.1, in place of the one before, and a new one begins.
class DumpFile {
 public:
  static constexpr std::size_t default_most_bytes = 64U << 20U;

  // "-": standard output, which is not bounded. Errors: of the file, which must be a plain one.
  static Result<std::unique_ptr<DumpFile>> open(const std::string& path, Log& log,
                                                std::size_t most_bytes = default_most_bytes);
  ~DumpFile();
  DumpFile(const DumpFile&) = delete;
  DumpFile& operator=(const DumpFile&) = delete;

  // What cannot be written is left out; why is in the log, once until it can be again.
  void write(std::string_view text);

 private:
  DumpFile(std::filesystem::path path, Log& log, std::size_t most_bytes)
      : path_(std::move(path)), log_(log), most_bytes_(most_bytes) {}
  Status open_file();
  void begin_anew();
  void complain(int error);

  const std::filesystem::path path_;
  Log& log_;
  const std::size_t most_bytes_;
  int descriptor_ = -1;
  bool is_stdout_ = false;
  std::size_t size_ = 0;
  bool complained_ = false;
};

}  // namespace bramley
