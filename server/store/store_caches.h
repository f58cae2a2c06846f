#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/crypto/digest.h"

namespace bramley {

// `on` stands on one process owning the database (FileLock). `off`: nothing is remembered, and each
// question goes to the database.
enum class Caching { on, off };

// Which enrollments a poll would find nothing for, so that it need not look. An entry is taken out
// after the commit that may have changed the answer and before the writer is told of its success.
class IdleCache {
 public:
  explicit IdleCache(Caching caching = Caching::on) : caching_(caching) {}
  // What a reader keeps from before it looks into the database.
  struct Moment {
    std::uint64_t generation = 0;
    bool known_empty = false;
  };
  [[nodiscard]] Moment look(std::string_view enrollment_id) const;
  // Remembers that nothing was found, unless a commit came between: the reader may have looked at
  // what was before it.
  void remember_empty(std::string_view enrollment_id, const Moment& looked);
  void forget(const std::vector<std::string>& enrollment_ids);

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  struct Shard {
    std::mutex mutex;
    std::uint64_t generation = 0;
    std::unordered_set<std::string, TextHash, std::equal_to<>> empty;
  };
  [[nodiscard]] Shard& shard_of(std::string_view enrollment_id) const;
  const Caching caching_;
  mutable std::array<Shard, 64> shards_;
};

// Which device a certificate is bound to. A binding never changes once it is made, so nothing here
// can grow stale but by revocation; that there is none is not remembered.
class BindingCache {
 public:
  explicit BindingCache(Caching caching = Caching::on) : caching_(caching) {}
  [[nodiscard]] std::optional<std::string> find(const Fingerprint& certificate) const;
  void remember(const Fingerprint& certificate, const std::string& device_id);
  // It is revoked, for good: a reader that looked before the commit must not bring it back.
  void forget(const Fingerprint& certificate);

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Fingerprint, std::string> devices;
    std::unordered_set<Fingerprint> revoked;  // in the life of this process
  };
  const Caching caching_;
  [[nodiscard]] Shard& shard_of(const Fingerprint& certificate) const {
    return shards_[certificate.bytes.back() % shards_.size()];
  }
  mutable std::array<Shard, 64> shards_;
};

// Which devices may be dismissed, so that a message of any other need not look. Some that are not
// any more may be among them: only the database knows.
class DismissalCache {
 public:
  explicit DismissalCache(Caching caching = Caching::on) : caching_(caching) {}
  // None while nobody has filled it.
  [[nodiscard]] std::optional<bool> may_be_dismissed(std::string_view device_id) const;
  // All that the database knew; those that were added meanwhile stay.
  void fill(const std::vector<std::string>& device_ids);
  // Before the commit, so that no message slips by after it.
  void add(const std::string& device_id);

 private:
  const Caching caching_;
  mutable std::shared_mutex mutex_;
  bool filled_ = false;
  std::unordered_set<std::string> devices_;
};

}  // namespace bramley
