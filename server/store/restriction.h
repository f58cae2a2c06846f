#pragma once

#include <string_view>

#include "server/store/certificate_store.h"

namespace bramley {

// Whether a certificate for `restriction` may become the identity of this device. Private to the
// folder.
inline bool allows(const DeviceRestriction& restriction, std::string_view udid,
                   std::string_view serial_number) {
  return (restriction.udid.empty() || restriction.udid == udid) &&
         (restriction.serial_number.empty() || restriction.serial_number == serial_number);
}

// Whether it is for this device and no other, as far as is known of it.
inline bool names(const DeviceRestriction& restriction, std::string_view udid,
                  std::string_view serial_number) {
  return !restriction.empty() && allows(restriction, udid, serial_number);
}

// What binds a new certificate: the signer's restriction survives every renewal, whatever the
// request said.
inline DeviceRestriction restriction_of_issued(const IssuedCertificate& issued,
                                               const DeviceRestriction& signer,
                                               const DeviceRestriction& challenge) {
  if (!signer.empty()) {
    return signer;
  }
  return issued.device.empty() ? challenge : issued.device;
}

}  // namespace bramley
