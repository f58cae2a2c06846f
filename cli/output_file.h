#pragma once

#include <filesystem>

#include "cli/session.h"
#include "core/base/bytes.h"
#include "core/base/file.h"

namespace bramley {

// Writes what a command made: to stdout when `path` is empty or "-", else to the file, whole or not
// at all. conflict, with --force as the hint: there is such a file and `overwrite` is refuse.
Status write_output_file(Session& session, const std::filesystem::path& path, ByteView content,
                         FileMode mode, Overwrite overwrite);

// What write_output_file would say, without writing: for --dry-run, and before work whose result
// would be lost.
Status check_output_file(const std::filesystem::path& path, Overwrite overwrite);

inline Overwrite overwrite_if(bool force) {
  return force ? Overwrite::replace : Overwrite::refuse;
}

}  // namespace bramley
