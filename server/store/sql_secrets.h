#pragma once

#include "core/mdm/enrollment_id.h"
#include "server/store/sql_context.h"
#include "server/store/sql_values.h"

namespace bramley {

// The sealed documents and tokens of enrollments: one of each kind.

// "unlock_token/ID": what the sealed bytes are tied to.
std::string secret_context(SecretKind kind, std::string_view enrollment_id);
// Replaces the one that is there.
void put_secret(WriteTransaction& transaction, SqlNumber enrollment_key, SecretKind kind,
                const std::string& sealed);
void forget_secret(WriteTransaction& transaction, SqlNumber enrollment_key, SecretKind kind);
void forget_secrets(WriteTransaction& transaction, SqlNumber enrollment_key);
Result<std::optional<SecretBytes>> read_secret(const SqlContext& context,
                                               const std::string& enrollment_id, SecretKind kind);

}  // namespace bramley
