#include "server/http/trace_id.h"

#include <array>
#include <cstring>

namespace bramley {
namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection, so ids of one process differ.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

}  // namespace

TraceIds::TraceIds(Random& random) {
  std::array<std::uint8_t, sizeof seed_> raw{};
  random.fill(raw);
  std::memcpy(&seed_, raw.data(), sizeof seed_);
}

std::string TraceIds::next() {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint64_t id = mixed(seed_ + counter_.fetch_add(1, std::memory_order_relaxed));
  std::string text(16, '0');
  for (unsigned i = 0; i < 16; ++i) {
    text[i] = digits[(id >> (60U - 4U * i)) & 0xFU];
  }
  return text;
}

}  // namespace bramley
