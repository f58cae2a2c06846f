#include "server/store/memory_tokens.h"

#include <algorithm>
#include <limits>

#include "server/store/page_cursor.h"
#include "server/store/store_errors.h"

namespace bramley {

MemoryTokens::Row* MemoryTokens::row_of(std::string_view id) {
  const auto found =
      std::ranges::find_if(rows_, [&](const auto& row) { return row.second.token.name.id == id; });
  return found == rows_.end() ? nullptr : &found->second;
}

Status MemoryTokens::add(const Fingerprint& secret, const ApiToken& token) {
  const std::lock_guard lock(mutex_);
  const bool known = std::ranges::any_of(rows_, [&](const auto& row) {
    return row.second.secret == secret || row.second.token.name.id == token.name.id;
  });
  if (known) {
    return recorded_already("token");
  }
  const auto last = rows_.empty() ? 0 : rows_.rbegin()->first;
  rows_.emplace(last + 1, Row{secret, token});
  return {};
}

Result<std::optional<ApiToken>> MemoryTokens::find(const Fingerprint& secret) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, row] : rows_) {
    if (row.secret == secret) {
      return std::optional(row.token);
    }
  }
  return std::optional<ApiToken>();
}

Result<std::optional<ApiToken>> MemoryTokens::show(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, row] : rows_) {
    if (row.token.name.id == id) {
      return std::optional(row.token);
    }
  }
  return std::optional<ApiToken>();
}

Result<Page<ApiToken>> MemoryTokens::list(const PageRequest& page) const {
  PageCursor before{0, std::numeric_limits<std::int64_t>::max()};
  if (!page.after.empty()) {
    TRY_ASSIGN(before, parse_cursor(page.after));
  }
  const auto limit = page_limit(page);
  Page<ApiToken> result;
  const std::lock_guard lock(mutex_);
  const auto end = std::make_reverse_iterator(rows_.begin());
  auto row = std::make_reverse_iterator(rows_.lower_bound(before.second));
  std::int64_t last = 0;
  for (; row != end && result.items.size() < limit; ++row) {
    last = row->first;
    result.items.push_back(row->second.token);
  }
  if (row != end) {
    result.next = format_cursor({0, last});
  }
  return result;
}

Status MemoryTokens::revoke(std::string_view id, Timestamp now) {
  const std::lock_guard lock(mutex_);
  auto* const row = row_of(id);
  if (row == nullptr) {
    return no_token(std::string(id));
  }
  if (!row->token.revoked_at) {
    row->token.revoked_at = now;
  }
  return {};
}

void MemoryTokens::note_used(const std::string& id, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (auto* const row = row_of(id); row != nullptr) {
    row->token.last_used_at = std::max(row->token.last_used_at.value_or(now), now);
  }
}

}  // namespace bramley
