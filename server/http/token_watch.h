#pragma once

#include <functional>

#include "core/base/clock.h"
#include "server/http/api_authenticator.h"
#include "server/store/token_store.h"

namespace bramley {

// A stream may last for days: whether who asked for it may still be told. Always for the API key;
// a token that is over ends its streams. Borrows both.
std::function<bool()> welcome_while_good(const ApiCaller& caller, const TokenStore& tokens,
                                         const Clock& clock);

}  // namespace bramley
