#pragma once

#include <filesystem>
#include <string>

#include "core/base/bytes.h"
#include "core/base/file.h"
#include "core/base/result.h"

namespace bramley {

// Reads a local file that the user named. As read_file, but a file that is missing or may not be
// read is `unavailable`: not_found and forbidden speak of a server's objects (exit_code.h).
Result<Bytes> read_input_file(const std::filesystem::path& path,
                              std::size_t limit = default_file_limit);

// Reads a descriptor to its end. malformed: more than `limit` bytes. unavailable: cannot be read.
Result<Bytes> read_descriptor(int descriptor, std::size_t limit);

// `-` is standard input, everything else a file.
Result<Bytes> read_input(const std::string& name, std::size_t limit = default_file_limit);

}  // namespace bramley
