#pragma once

// Private to the queue.

#include "core/base/bytes.h"
#include "vendor-tool/signing_queue.h"

namespace bramley {

// A case as its file has it, and back. malformed: no such file.
Bytes write_case(const SigningCase& subject);
Result<SigningCase> read_case(ByteView json);

// One line of the audit file.
Bytes write_audit_line(const SigningCase& subject, std::string_view event, Timestamp now,
                       std::string_view remote);

}  // namespace bramley
