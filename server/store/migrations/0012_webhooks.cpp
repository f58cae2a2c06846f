#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // What was made through the API, beside its row in webhooks, which has the URL. `hmac_key`:
    // sealed, webhook_key/ID; empty: none.
    R"(CREATE TABLE webhook_definitions (
      definition_key {key},
      webhook_id {name} NOT NULL UNIQUE,
      name {name} NOT NULL UNIQUE,
      format {number} NOT NULL,
      redact {number} NOT NULL,
      idle {number} NOT NULL,
      hmac_key {bytes} NOT NULL,
      revision {number} NOT NULL))",
    // When it was removed; what waited for it goes in small steps, and then the row. NULL: it is
    // there.
    "ALTER TABLE webhooks ADD COLUMN removed_at {number}",
};

}  // namespace

const std::span<const std::string_view> migration_0012 = statements;

}  // namespace bramley
