#pragma once

#include "server/store/sql_context.h"
#include "server/store/token_store.h"

namespace bramley {

class SqlTokens : public TokenStore {
 public:
  explicit SqlTokens(const SqlContext& context) : context_(context) {}
  Status add(const Fingerprint& secret, const ApiToken& token) override;
  Result<std::optional<ApiToken>> find(const Fingerprint& secret) const override;
  Result<std::optional<ApiToken>> show(std::string_view id) const override;
  Result<Page<ApiToken>> list(const PageRequest& page) const override;
  Status revoke(std::string_view id, Timestamp now) override;
  void note_used(const std::string& id, Timestamp now) override;

 private:
  void add_last_use(ApiToken& token) const;
  const SqlContext& context_;
};

// Into the rows, in a transaction of the writer's own.
void write_token_uses(WriteTransaction& transaction, const std::vector<SeenBuffer::Entry>& uses);

}  // namespace bramley
