#pragma once

#include <filesystem>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace bramley {

inline constexpr std::size_t default_file_limit = 16U << 20U;

// Reads a whole file. not_found: it does not exist. forbidden: permissions. malformed: larger than
// `limit` bytes, or a directory. The message names the path.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit = default_file_limit);
Result<SecretBytes> read_secret_file(const std::filesystem::path& path,
                                     std::size_t limit = 1U << 20U);

enum class Overwrite { refuse, replace };
enum class FileMode : unsigned { shared = 0644, secret = 0600 };

// Writes beside the target, syncs, and renames over it (or links, when it must not exist), so a
// reader sees the old file or the new one and never a part. conflict: it exists and `overwrite` is
// refuse.
Status write_file(const std::filesystem::path& path, ByteView content, FileMode mode,
                  Overwrite overwrite);

// Makes the directory and its parents; those that it makes have mode 0700.
Status make_private_directory(const std::filesystem::path& path);

}  // namespace bramley
