#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "core/base/file.h"

namespace bramley {

// A file of tests/vectors. A missing one is a broken checkout: the test stops.
inline Bytes own_vector(std::string_view name) {
  const auto folder = std::filesystem::path(__FILE__).parent_path().parent_path() / "vectors";
  return read_file(folder / name).value();
}

// A file made by others, from the folder that BRAMLEY_VECTORS names; nothing when it is not set.
inline std::optional<Bytes> foreign_vector(std::string_view name) {
  const char* folder = std::getenv("BRAMLEY_VECTORS");
  if (folder == nullptr) {
    return std::nullopt;
  }
  return read_file(std::filesystem::path(folder) / name).value();
}

}  // namespace bramley
