#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/digest.h"

namespace bramley {

// Whether a person looks at a request before it is signed.
enum class Approval { manual, automatic };

struct SigningCustomer {
  std::string name;
  Fingerprint key_hash;  // SHA-256 of the API key
  // By domain of the e-mail address, in lower case; "*" is every other one.
  std::map<std::string, Approval> domains;

  // The rule for an address; nothing when its domain is not among them.
  [[nodiscard]] std::optional<Approval> rule_for(std::string_view email) const;
};

// Who may have requests signed, from a JSON file:
//   {"customers": [{"name": "acme", "key_sha256": "…64 hex…",
//                   "domains": {"acme.example": "automatic", "*": "manual"}}]}
// with "key" for "key_sha256" the key itself, in clear.
class SigningCustomers {
 public:
  // malformed: anything else, names or keys twice, a customer without domains, an unknown member.
  // The text of the file is in no message: it may hold keys.
  static Result<SigningCustomers> parse(ByteView json);

  // Null: nobody has this key. Takes as long whoever's it is.
  [[nodiscard]] const SigningCustomer* find_by_key(ByteView key) const;
  [[nodiscard]] std::size_t size() const { return customers_.size(); }
  // Whether the file must not be seen by others.
  [[nodiscard]] bool has_keys_in_clear() const { return keys_in_clear_; }

 private:
  std::vector<SigningCustomer> customers_;
  bool keys_in_clear_ = false;
};

// An address that may stand on a command line and in a mail header: letters, digits and the signs
// of RFC 5322's atoms before one '@', a domain name after it, no more than 254 characters, no '-'
// or '.' first.
bool is_safe_email(std::string_view text);

}  // namespace bramley
