#pragma once

#include <map>
#include <mutex>

#include "server/store/token_store.h"

namespace bramley {

class MemoryTokens : public TokenStore {
 public:
  Status add(const Fingerprint& secret, const ApiToken& token) override;
  Result<std::optional<ApiToken>> find(const Fingerprint& secret) const override;
  Result<std::optional<ApiToken>> show(std::string_view id) const override;
  Result<Page<ApiToken>> list(const PageRequest& page) const override;
  Status revoke(std::string_view id, Timestamp now) override;
  void note_used(const std::string& id, Timestamp now) override;

 private:
  struct Row {
    Fingerprint secret;
    ApiToken token;
  };
  // Wants the mutex held. Null: there is none.
  Row* row_of(std::string_view id);

  // Nothing else of the store is changed together with these.
  mutable std::mutex mutex_;
  std::map<std::int64_t, Row> rows_;  // by number, oldest first
};

}  // namespace bramley
