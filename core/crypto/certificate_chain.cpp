#include "core/crypto/certificate_chain.h"

#include <algorithm>

namespace bramley {
namespace {

// Longer ones exist nowhere, and two authorities that issue each other make an endless one.
constexpr std::size_t longest_chain = 10;

}  // namespace

bool is_self_signed(const Certificate& certificate) {
  return certificate.is_issued_by(certificate);
}

std::vector<Certificate> chain_from(const Certificate& leaf,
                                    const std::vector<Certificate>& others) {
  std::vector<Certificate> chain{leaf};
  while (chain.size() < longest_chain && !is_self_signed(chain.back())) {
    const auto issuer = std::ranges::find_if(others, [&chain](const Certificate& other) {
      return chain.back().is_issued_by(other) && std::ranges::find(chain, other) == chain.end();
    });
    if (issuer == others.end()) {
      break;
    }
    chain.push_back(*issuer);
  }
  return chain;
}

}  // namespace bramley
