#include "vendor-tool/push_request.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/certificate.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/enveloped_message.h"
#include "core/plist/plist_document.h"
#include "vendor-tool/plain_text.h"

namespace bramley {
namespace {

constexpr std::size_t largest_file = 1U << 20U;
constexpr std::size_t mail_line = 76;
constexpr std::string_view request_key = "PushCertRequestCSR";
constexpr std::string_view chain_key = "PushCertCertificateChain";
constexpr std::string_view signature_key = "PushCertSignature";
constexpr std::string_view binary_plist = "bplist00";

Error not_a_request(std::string what, std::string hint) {
  return {ErrorCode::malformed, std::move(what), std::move(hint)};
}

Error plain_request() {
  return not_a_request("a certificate request that no MDM vendor has signed",
                       "have it signed first: 'bramley vendor sign', or 'bramley mdmcert request' "
                       "when mdmcert.download is to do it");
}

Error encrypted_attachment() {
  return not_a_request("the encrypted attachment of an e-mail, not yet a request",
                       "decrypt it first: bramley mdmcert decrypt FILE --dir DIR --out push.req");
}

// A binary property list's last bytes may look like white space.
std::string_view trimmed(std::string_view text) {
  return text.starts_with(binary_plist) ? text : without_space_around(text);
}

bool looks_like_plist(std::string_view text) {
  return text.starts_with("<") || text.starts_with(binary_plist);
}

// What the bytes are, when they are DER of something known; nothing to say otherwise.
Status check_not_der(ByteView der) {
  if (CertificateRequest::from_der(der)) {
    return plain_request();
  }
  if (Certificate::from_der(der)) {
    return not_a_request("a certificate, not a request",
                         "the portal takes the .req that 'bramley vendor sign' writes");
  }
  if (looks_like_envelope(der)) {
    return encrypted_attachment();
  }
  return {};
}

Error wrong_pem(std::string_view text) {
  if (text.find("CERTIFICATE REQUEST-----") != std::string_view::npos) {
    return plain_request();
  }
  if (text.find("-----BEGIN PKCS7") != std::string_view::npos ||
      text.find("-----BEGIN CMS") != std::string_view::npos) {
    return encrypted_attachment();
  }
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return not_a_request("a private key, not a request",
                         "never give a key to anybody: the portal takes the .req that 'bramley "
                         "vendor sign' writes");
  }
  return not_a_request("a certificate, not a request",
                       "the portal takes the .req that 'bramley vendor sign' writes");
}

// The property list inside the text, out of its base64.
Result<std::string> document_in(std::string_view text) {
  if (text.empty()) {
    return not_a_request("empty", "fetch or make the request again");
  }
  if (text.find("-----BEGIN ") != std::string_view::npos) {
    return wrong_pem(text);
  }
  if (auto hex = decode_hex(without_space(text)); hex) {
    TRY(check_not_der(*hex));
  }
  const auto decoded = decode_base64_lenient(text);
  if (!decoded) {
    return not_a_request("neither base64 nor XML: damaged, cut off, or another kind of file",
                         "fetch or make the request again");
  }
  TRY(check_not_der(*decoded));
  const PlainText inner = plain_text_of(*decoded);
  const std::string_view document = trimmed(inner.content);
  if (document.find("-----BEGIN ") < document.find('<')) {
    return wrong_pem(document);
  }
  if (!looks_like_plist(document)) {
    return not_a_request("base64 of something that is no property list",
                         "fetch or make the request again");
  }
  return std::string(document);
}

std::string take_text(const PlistDictionary& dictionary, std::string_view key,
                      FoundPushRequest& found) {
  const PlistValue* value = dictionary.find(key);
  if (value == nullptr) {
    found.absent.emplace_back(key);
    return {};
  }
  if (const std::string* text = value->string()) {
    if (text->empty()) {
      found.absent.emplace_back(key);
    }
    return *text;
  }
  if (const Bytes* data = value->data()) {
    found.as_data.emplace_back(key);
    // The chain is PEM: its bytes are the text.
    return key == chain_key ? to_text(*data) : encode_base64(*data);
  }
  found.as_other.emplace_back(key);
  return {};
}

}  // namespace

Result<std::string> write_push_request(const PushRequest& request) {
  // Sorted as the portal has always been given them.
  const PlistDictionary dictionary = {{std::string(chain_key), PlistValue(request.chain)},
                                      {std::string(request_key), PlistValue(request.request)},
                                      {std::string(signature_key), PlistValue(request.signature)}};
  TRY_ASSIGN(const Bytes xml, write_plist_xml(PlistValue(dictionary)));
  return encode_base64(xml);
}

std::string wrap_for_mail(std::string_view text) {
  std::string wrapped;
  wrapped.reserve(text.size() + text.size() / mail_line * 2 + 2);
  while (!text.empty()) {
    wrapped += text.substr(0, mail_line);
    wrapped += "\r\n";
    text.remove_prefix(std::min(mail_line, text.size()));
  }
  return wrapped;
}

Result<FoundPushRequest> read_push_request(ByteView content) {
  if (content.size() > largest_file) {
    return not_a_request("larger than 1 MiB, so it is no request", "");
  }
  TRY(check_not_der(content));
  const PlainText text = plain_text_of(content);
  std::string document(trimmed(text.content));
  FoundPushRequest found;
  found.byte_order_mark = text.byte_order_mark;
  found.plain_xml = looks_like_plist(document);
  if (!found.plain_xml) {
    TRY_ASSIGN(document, document_in(document));
  }
  auto dictionary = parse_plist_dictionary(as_bytes(document));
  if (!dictionary) {
    return std::move(dictionary)
        .error()
        .while_doing("a damaged property list")
        .with_hint("fetch or make the request again");
  }
  found.request.request = take_text(*dictionary, request_key, found);
  found.request.chain = take_text(*dictionary, chain_key, found);
  found.request.signature = take_text(*dictionary, signature_key, found);
  if (found.absent.size() == 3) {
    return not_a_request("a property list, but none of a push certificate request",
                         "the portal takes the .req that 'bramley vendor sign' writes");
  }
  return found;
}

}  // namespace bramley
