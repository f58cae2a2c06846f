#pragma once

#include "core/base/bytes.h"

namespace bramley {

// A check-in or a report without unlock, bootstrap and push tokens, recovery keys, passwords and
// bypass codes, as XML. Empty for what is no property list.
Bytes without_secrets(ByteView message);

// The same of a check-in, a report, a command or an answer, for people: what is secret, or may be
// by the name of its key, or holds a whole profile, is replaced by a word and its size. Empty for
// what is no property list.
Bytes with_secrets_masked(ByteView message);

}  // namespace bramley
