#pragma once

#include "core/crypto/certificate.h"

namespace bramley {

// A certificate that was proven: its private key signed the request (or the TLS handshake), and its
// chain leads to an authority that we trust for devices. Made by server/http/device_authenticator
// only.
struct DeviceIdentity {
  Certificate certificate;
  // It ended, but so lately that it may still be renewed (`serve --identity-grace`), and nothing
  // else.
  bool is_expired = false;
  [[nodiscard]] const Fingerprint& fingerprint() const { return certificate.fingerprint(); }
};

}  // namespace bramley
