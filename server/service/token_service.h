#pragma once

#include "core/base/secret_bytes.h"
#include "core/mdm/checkin_message.h"

namespace bramley {

// Who has the tokens that devices ask for with GetToken, by service type.
class TokenService {
 public:
  virtual ~TokenService() = default;
  // The TokenData of the answer. unsupported: no handler for this service type.
  virtual Result<SecretBytes> token(const EnrollmentId& enrollment, const GetToken& request) = 0;
};

}  // namespace bramley
