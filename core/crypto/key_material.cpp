#include "core/crypto/key_material.h"

#include <algorithm>
#include <iterator>

#include "core/base/encoding.h"
#include "core/crypto/pem.h"
#include "core/crypto/pkcs12.h"
#include "core/crypto/signed_message.h"

namespace bramley {
namespace {

constexpr std::size_t largest_file = 1U << 20U;
constexpr std::size_t most_blocks = 1000;

// One PEM block with its two lines, cut out of a text; empty at the end. Whatever stands around it
// (other text, a lost line end) is left behind.
std::string_view next_block(std::string_view& text) {
  constexpr std::string_view begin = "-----BEGIN ";
  constexpr std::string_view end = "-----END ";
  constexpr std::string_view dashes = "-----";
  const std::size_t from = text.find(begin);
  if (from == std::string_view::npos) {
    text = {};
    return {};
  }
  const std::size_t last_line = text.find(end, from);
  const std::size_t label_end = last_line == std::string_view::npos
                                    ? std::string_view::npos
                                    : text.find(dashes, last_line + end.size());
  const std::size_t to =
      label_end == std::string_view::npos ? text.size() : label_end + dashes.size();
  const std::string_view block = text.substr(from, to - from);
  text.remove_prefix(to);
  return block;
}

std::string_view label_of(std::string_view block) {
  const std::string_view line = block.substr(std::string_view("-----BEGIN ").size());
  return line.substr(0, line.find("-----"));
}

// What is between the first line and the last one.
Result<Bytes> decode_pem_block(std::string_view block) {
  const std::size_t begin = std::string_view("-----BEGIN -----").size() + label_of(block).size();
  const std::size_t end = block.rfind("-----END ");
  if (end == std::string_view::npos || end < begin) {
    return Error{ErrorCode::malformed, "read PEM: a block that is cut off"};
  }
  return decode_base64_lenient(block.substr(begin, end - begin));
}

Status add_block(std::string_view block, const SecretBytes* passphrase, KeyMaterial& material) {
  const std::string_view label = label_of(block);
  Bytes lines(block.begin(), block.end());
  lines.push_back('\n');
  const SecretBytes text(std::move(lines));
  if (label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE") {
    TRY_ASSIGN(Certificate certificate, Certificate::from_pem(text.reveal_text()));
    material.certificates.push_back(std::move(certificate));
  } else if (label == "PKCS7" || label == "CMS" || label == "PKCS #7 SIGNED DATA") {
    TRY_ASSIGN(const Bytes der, decode_pem_block(block));
    TRY_ASSIGN(auto certificates, parse_certificates_only(der));
    std::ranges::move(certificates, std::back_inserter(material.certificates));
  } else if (label.ends_with("PRIVATE KEY")) {
    TRY_ASSIGN(PrivateKey key, PrivateKey::from_file_content(text.reveal(), passphrase));
    material.keys.push_back(std::move(key));
  } else if (label.ends_with("CERTIFICATE REQUEST")) {
    TRY_ASSIGN(CertificateRequest request, CertificateRequest::from_file_content(text.reveal()));
    material.requests.push_back(std::move(request));
  }
  return {};
}

Result<KeyMaterial> read_pem(std::string_view text, const SecretBytes* passphrase) {
  KeyMaterial material;
  for (std::size_t count = 0;; ++count) {
    const std::string_view block = next_block(text);
    if (block.empty()) {
      break;
    }
    if (count == most_blocks) {
      return Error{ErrorCode::malformed, "read PEM: more than 1000 blocks"};
    }
    TRY(add_block(block, passphrase, material));
  }
  if (material.certificates.empty() && material.keys.empty() && material.requests.empty()) {
    return Error{ErrorCode::malformed, "read PEM: no certificate, private key or request in it"};
  }
  return material;
}

Result<KeyMaterial> read_der(ByteView der, const SecretBytes* passphrase) {
  KeyMaterial material;
  if (auto certificate = Certificate::from_der(der)) {
    material.certificates.push_back(*std::move(certificate));
    return material;
  }
  if (auto request = CertificateRequest::from_der(der)) {
    material.requests.push_back(*std::move(request));
    return material;
  }
  if (auto certificates = parse_certificates_only(der)) {
    material.certificates = *std::move(certificates);
    return material;
  }
  if (looks_like_pkcs12(der)) {
    return read_pkcs12(der, passphrase);
  }
  auto key = PrivateKey::from_file_content(der, passphrase);
  if (key) {
    material.keys.push_back(*std::move(key));
    return material;
  }
  if (key.error().code == ErrorCode::unauthenticated) {
    return std::move(key).error();
  }
  return Error{ErrorCode::malformed,
               "neither PEM nor DER of a certificate, private key, certificate request or PKCS#12"};
}

}  // namespace

Result<KeyMaterial> read_key_material(ByteView content, const SecretBytes* passphrase) {
  if (content.size() > largest_file) {
    return Error{ErrorCode::malformed, "larger than 1 MiB"};
  }
  return looks_like_pem(content) ? read_pem(as_text(content), passphrase)
                                 : read_der(content, passphrase);
}

}  // namespace bramley
