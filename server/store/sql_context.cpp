#include "server/store/sql_context.h"

namespace bramley {

Result<std::string> seal_column(const Sealer& sealer, ByteView plain, std::string_view context) {
  TRY_ASSIGN(const auto sealed, sealer.seal(plain, context));
  return to_text(sealed);
}

Result<SecretBytes> open_column(const Sealer& sealer, std::string_view column,
                                std::string_view context) {
  auto opened = sealer.open(as_bytes(column), context);
  if (!opened.has_value()) {
    return Error{ErrorCode::unavailable,
                 "open sealed " + std::string(context) + ": " + opened.error().message,
                 "the data key must be the one that the database was made with"};
  }
  return opened;
}

}  // namespace bramley
