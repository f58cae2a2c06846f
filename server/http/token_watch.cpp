#include "server/http/token_watch.h"

namespace bramley {

std::function<bool()> welcome_while_good(const ApiCaller& caller, const TokenStore& tokens,
                                         const Clock& clock) {
  if (caller.token.id.empty()) {
    return [] { return true; };
  }
  return [&tokens, &clock, id = caller.token.id] {
    const auto token = tokens.show(id);
    return token && *token && (*token)->is_good_at(clock.now());
  };
}

}  // namespace bramley
