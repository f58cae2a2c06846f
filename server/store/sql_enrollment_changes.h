#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/crypto/sealer.h"
#include "core/mdm/checkin_message.h"
#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// What enrollments that come by themselves, that come from another server, and that go have in
// common. Private to the folder.

struct EnrollmentMember {
  SqlNumber key;
  std::string id;
};
// The device's own enrollment and those of its users.
std::vector<EnrollmentMember> family_of(WriteTransaction& transaction,
                                        const std::string& device_id);
// A pending one of which nothing is known; its key.
SqlNumber insert_enrollment(WriteTransaction& transaction, const EnrollmentId& id);

struct SealedTokenUpdate {
  std::string document;
  std::optional<std::string> unlock_token;
};
Result<SealedTokenUpdate> seal_token_update(const Sealer& sealer, const EnrollmentId& id,
                                            const TokenUpdate& message, ByteView raw);
// Enables the enrollment with that key.
void record_token(WriteTransaction& transaction, SqlNumber key, const TokenUpdate& message,
                  const SealedTokenUpdate& sealed, Timestamp now);

// The answer to one command, if it was queued until then and does not wait, and what hangs on it:
// the command itself when it was the last one.
void forget_delivery(WriteTransaction& transaction, SqlNumber command_key, SqlNumber enrollment_key,
                     SqlNumber queued_until);

}  // namespace bramley
