#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

template <class Maker>
class TokenContract : public StoreContract<Maker> {
 protected:
  TokenStore& tokens() { return this->store_->tokens(); }
  static Fingerprint secret(std::string_view text) { return sha256(as_bytes(text)); }
  ApiToken token(const std::string& id, std::vector<std::string> types = {}) const {
    return {.name = {id, "for " + id},
            .role = ApiRole::operator_role,
            .request_types = std::move(types),
            .created_at = this->now(),
            .created_by = {"maker", "its maker"},
            .expires_at = this->now() + std::chrono::hours(1)};
  }
  ApiToken shown(const std::string& id) {
    const auto found = tokens().show(id);
    EXPECT_TRUE(found && *found) << id;
    return **found;
  }
  std::string listed(std::size_t limit) {
    std::string text;
    PageRequest request{.limit = limit};
    do {
      const auto page = tokens().list(request);
      EXPECT_TRUE(page);
      for (const ApiToken& each : page->items) {
        text += each.name.id + " ";
      }
      text += "| ";
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  }
};
TYPED_TEST_SUITE_P(TokenContract);

TYPED_TEST_P(TokenContract, ATokenIsFoundByItsSecretAsItWasMade) {
  ASSERT_TRUE(this->tokens().add(this->secret("s1"), this->token("t1", {"A", "B"})));
  ASSERT_TRUE(this->tokens().add(this->secret("s2"), this->token("t2")));
  this->reopen();
  const auto found = this->tokens().find(this->secret("s1"));
  ASSERT_TRUE(found && *found);
  const ApiToken& token = **found;
  EXPECT_EQ(token.name, (TokenName{"t1", "for t1"}));
  EXPECT_EQ(token.role, ApiRole::operator_role);
  EXPECT_EQ(token.request_types, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(token.created_at, this->now());
  EXPECT_EQ(token.created_by, (TokenName{"maker", "its maker"}));
  EXPECT_EQ(token.expires_at, this->now() + std::chrono::hours(1));
  EXPECT_FALSE(token.last_used_at);
  EXPECT_FALSE(token.revoked_at);
  EXPECT_TRUE((*this->tokens().find(this->secret("s2")))->request_types.empty());
  EXPECT_FALSE(*this->tokens().find(this->secret("s3")));
  EXPECT_FALSE(*this->tokens().show("s1"));
}

TYPED_TEST_P(TokenContract, AnIdAndASecretAreUsedOnce) {
  ASSERT_TRUE(this->tokens().add(this->secret("s1"), this->token("t1")));
  this->expect_code(this->tokens().add(this->secret("s1"), this->token("t2")), ErrorCode::conflict);
  this->expect_code(this->tokens().add(this->secret("s2"), this->token("t1")), ErrorCode::conflict);
}

TYPED_TEST_P(TokenContract, TheListIsNewestFirstAndPaged) {
  EXPECT_EQ(this->listed(2), "| ");
  for (const auto* id : {"t1", "t2", "t3"}) {
    ASSERT_TRUE(this->tokens().add(this->secret(id), this->token(id)));
  }
  EXPECT_EQ(this->listed(2), "t3 t2 | t1 | ");
  EXPECT_EQ(this->listed(3), "t3 t2 t1 | ");
  EXPECT_FALSE(this->tokens().list({.after = "x"}));
}

TYPED_TEST_P(TokenContract, ARevokedOneStaysAndKeepsItsTime) {
  ASSERT_TRUE(this->tokens().add(this->secret("s1"), this->token("t1")));
  const auto revoked_at = this->now();
  EXPECT_TRUE(this->shown("t1").is_good_at(revoked_at));
  ASSERT_TRUE(this->tokens().revoke("t1", revoked_at));
  this->clock_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(this->tokens().revoke("t1", this->now()));
  this->reopen();
  EXPECT_EQ((*this->tokens().find(this->secret("s1")))->revoked_at, revoked_at);
  EXPECT_FALSE(this->shown("t1").is_good_at(revoked_at));
  this->expect_code(this->tokens().revoke("t2", this->now()), ErrorCode::not_found);
}

TYPED_TEST_P(TokenContract, ItIsGoodUntilItsTimeIsOver) {
  const ApiToken token = this->token("t1");
  EXPECT_TRUE(token.is_good_at(token.expires_at - std::chrono::seconds(1)));
  EXPECT_FALSE(token.is_good_at(token.expires_at));
}

TYPED_TEST_P(TokenContract, TheLastUseIsListedAtOnceAndOutlivesTheStore) {
  ASSERT_TRUE(this->tokens().add(this->secret("s1"), this->token("t1")));
  this->tokens().note_used("t1", this->now());
  this->clock_.advance(std::chrono::seconds(5));
  this->tokens().note_used("t1", this->now());
  this->tokens().note_used("unknown", this->now());
  EXPECT_EQ(this->shown("t1").last_used_at, this->now());
  EXPECT_EQ(this->tokens().list({})->items.at(0).last_used_at, this->now());
  this->reopen();
  EXPECT_EQ(this->shown("t1").last_used_at, this->now());
}

TYPED_TEST_P(TokenContract, ACommandKeepsTheTokenThatItCameWith) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->commands().enqueue({{id.value()}}, this->command("C1"), this->now(),
                                       {.created_by = {"t1", "pipeline"}}));
  this->enqueue({"D1"}, this->command("C2"));
  this->reopen();
  EXPECT_EQ(this->summary("C1").created_by, (TokenName{"t1", "pipeline"}));
  EXPECT_EQ(this->summary("C2").created_by, TokenName());
  const auto listed = this->commands().list({.enrollment_id = "D1"}, {});
  ASSERT_EQ(listed->items.size(), 2U);
  EXPECT_EQ(listed->items[1].created_by.name, "pipeline");
}

REGISTER_TYPED_TEST_SUITE_P(TokenContract, ATokenIsFoundByItsSecretAsItWasMade,
                            AnIdAndASecretAreUsedOnce, TheListIsNewestFirstAndPaged,
                            ARevokedOneStaysAndKeepsItsTime, ItIsGoodUntilItsTimeIsOver,
                            TheLastUseIsListedAtOnceAndOutlivesTheStore,
                            ACommandKeepsTheTokenThatItCameWith);

}  // namespace bramley
