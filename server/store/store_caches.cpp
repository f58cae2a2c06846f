#include "server/store/store_caches.h"

namespace bramley {
namespace {

// Some half a million entries in all. A shard that is full starts anew: rare, and right again after
// one look at the database each.
constexpr std::size_t shard_limit = 8192;

}  // namespace

IdleCache::Shard& IdleCache::shard_of(std::string_view enrollment_id) const {
  return shards_[TextHash()(enrollment_id) % shards_.size()];
}

IdleCache::Moment IdleCache::look(std::string_view enrollment_id) const {
  auto& shard = shard_of(enrollment_id);
  const std::lock_guard lock(shard.mutex);
  return {shard.generation, shard.empty.contains(enrollment_id)};
}

void IdleCache::remember_empty(std::string_view enrollment_id, const Moment& looked) {
  auto& shard = shard_of(enrollment_id);
  const std::lock_guard lock(shard.mutex);
  if (caching_ == Caching::off || shard.generation != looked.generation) {
    return;
  }
  if (shard.empty.size() >= shard_limit) {
    shard.empty.clear();
  }
  shard.empty.emplace(enrollment_id);
}

void IdleCache::forget(const std::vector<std::string>& enrollment_ids) {
  for (const auto& id : enrollment_ids) {
    auto& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    ++shard.generation;
    shard.empty.erase(id);
  }
}

std::optional<std::string> BindingCache::find(const Fingerprint& certificate) const {
  auto& shard = shard_of(certificate);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.devices.find(certificate);
  return found == shard.devices.end() ? std::nullopt : std::optional(found->second);
}

void BindingCache::remember(const Fingerprint& certificate, const std::string& device_id) {
  if (caching_ == Caching::off) {
    return;
  }
  auto& shard = shard_of(certificate);
  const std::lock_guard lock(shard.mutex);
  if (shard.devices.size() >= shard_limit) {
    shard.devices.clear();
  }
  if (!shard.revoked.contains(certificate)) {
    shard.devices.emplace(certificate, device_id);
  }
}

void BindingCache::forget(const Fingerprint& certificate) {
  auto& shard = shard_of(certificate);
  const std::lock_guard lock(shard.mutex);
  shard.devices.erase(certificate);
  shard.revoked.insert(certificate);
}

std::optional<bool> DismissalCache::may_be_dismissed(std::string_view device_id) const {
  if (caching_ == Caching::off) {
    return true;
  }
  const std::shared_lock lock(mutex_);
  if (!filled_) {
    return std::nullopt;
  }
  return !devices_.empty() && devices_.contains(std::string(device_id));
}

void DismissalCache::fill(const std::vector<std::string>& device_ids) {
  const std::lock_guard lock(mutex_);
  devices_.insert(device_ids.begin(), device_ids.end());
  filled_ = true;
}

void DismissalCache::add(const std::string& device_id) {
  const std::lock_guard lock(mutex_);
  devices_.insert(device_id);
}

}  // namespace bramley
