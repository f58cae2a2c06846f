#pragma once

#include "core/base/encoding.h"
#include "tests/support/vectors.h"
#include "vendor-tool/push_request.h"
#include "vendor-tool/push_request_signer.h"

// The files are openssl(1)'s: tests/vectors/make_vendor_chain.sh.
namespace bramley {

inline Bytes vendor_file(const std::string& name) {
  return own_vector("vendor-chain/" + name);
}
inline Certificate vendor_certificate(const std::string& name) {
  return Certificate::from_file_content(vendor_file(name)).value();
}
inline std::vector<Certificate> vendor_authorities() {
  return {vendor_certificate("root.pem"), vendor_certificate("intermediate.pem")};
}
inline CertificateRequest customer_request() {
  return CertificateRequest::from_file_content(vendor_file("push.csr")).value();
}
inline Timestamp test_time() {
  return Timestamp(std::chrono::seconds(1'811'808'000));  // 2027-06-01: the files are of 2026
}
inline PushRequestSigner vendor_signer(DigestAlgorithm digest = DigestAlgorithm::sha256) {
  VendorIdentity identity{vendor_certificate("vendor.pem"),
                          PrivateKey::from_file_content(vendor_file("vendor.key")).value(),
                          {vendor_certificate("intermediate.pem"), vendor_certificate("root.pem")}};
  return PushRequestSigner::make(std::move(identity), digest, test_time()).value();
}
// A good .req, and its property list.
inline std::string good_request() {
  return vendor_signer().sign(customer_request()).value();
}
inline std::string good_document() {
  return to_text(decode_base64(good_request()).value());
}

}  // namespace bramley
