#include "core/base/version.h"

namespace bramley {

constinit const std::string_view program_version = BRAMLEY_VERSION;

}  // namespace bramley
