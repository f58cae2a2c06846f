#include "vendor-tool/sealed_attachment.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/enveloped_message.h"
#include "vendor-tool/plain_text.h"
#include "vendor-tool/push_request.h"

namespace bramley {
namespace {

constexpr std::size_t largest_file = 4U << 20U;

Error damaged(std::string_view how) {
  return {ErrorCode::malformed, "the attachment is damaged: " + std::string(how),
          "save it again from the e-mail; if that does not help, ask for it again"};
}

// Bytes out of a text, as far as it goes.
struct Decoded {
  Bytes bytes;
  bool whole = false;
};

Decoded from_hex(std::string_view dense) {
  const std::size_t digits =
      std::min(dense.find_first_not_of("0123456789abcdefABCDEF"), dense.size());
  return {decode_hex(dense.substr(0, digits / 2 * 2)).value(),
          digits == dense.size() && digits % 2 == 0};
}

Decoded from_base64(std::string_view dense) {
  if (auto whole = decode_base64_lenient(dense)) {
    return {*std::move(whole), true};
  }
  const std::size_t letters = std::min(
      dense.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
      dense.size());
  return {decode_base64(dense.substr(0, letters / 4 * 4)).value(), false};
}

// The lines between the first BEGIN and its END.
std::string without_pem_lines(std::string_view text) {
  constexpr std::string_view dashes = "-----";
  const std::size_t label = text.find("-----BEGIN ");
  if (label == std::string_view::npos) {
    return without_space(text);
  }
  const std::size_t begin = text.find(dashes, label + dashes.size());
  if (begin == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(begin + dashes.size());
  return without_space(rest.substr(0, rest.find(dashes)));
}

Error no_attachment(ByteView content) {
  if (read_push_request(content)) {
    return {ErrorCode::malformed, "this is a request already, not an encrypted attachment",
            "'bramley csr verify' checks it; then it can be uploaded at identity.apple.com"};
  }
  return {ErrorCode::malformed,
          "this is no encrypted attachment: neither hex nor base64, PEM or DER of one",
          "it is the file mdm_signed_request.….plist.b64.p7 of the e-mail"};
}

Result<Bytes> decode_attachment(ByteView content) {
  if (content.size() > largest_file) {
    return Error{ErrorCode::malformed, "larger than 4 MiB, so it is no attachment"};
  }
  if (looks_like_envelope(content)) {
    return to_bytes(content);
  }
  const std::string dense = without_pem_lines(plain_text_of(content).content);
  for (Decoded decoded : {from_hex(dense), from_base64(dense)}) {
    if (looks_like_envelope(decoded.bytes)) {
      return decoded.whole ? Result<Bytes>(std::move(decoded.bytes))
                           : Result<Bytes>(damaged("it has characters that do not belong there, or "
                                                   "is cut off"));
    }
  }
  return no_attachment(content);
}

// A wrong byte in the encrypted part turns a whole block of the text into noise.
bool is_plain_text(ByteView content) {
  return std::ranges::all_of(content, [](std::uint8_t byte) {
    return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t';
  });
}

}  // namespace

Result<Bytes> open_attachment(ByteView content, const Certificate& certificate,
                              const PrivateKey& key) {
  if (!key.matches(certificate)) {
    return Error{ErrorCode::conflict, "the key does not belong to the certificate",
                 "both were made by the same 'bramley mdmcert request'"};
  }
  TRY_ASSIGN(const Bytes der, decode_attachment(content));
  const auto addressed = is_addressed_to(der, certificate);
  if (!addressed) {
    return damaged("it is cut off or altered");
  }
  if (!*addressed) {
    return Error{ErrorCode::forbidden, "the attachment is not for this key",
                 "decrypt it with the keys that it was asked for with: --dir names the folder of "
                 "that 'bramley mdmcert request'"};
  }
  auto opened = open_envelope(der, certificate, key, SingleDes::refuse);
  if (!opened) {
    return opened.error().code == ErrorCode::unsupported ? std::move(opened).error()
                                                         : damaged("it does not decrypt");
  }
  if (!is_plain_text(opened->content)) {
    return damaged("what it decrypts to is not text");
  }
  return std::move(opened->content);
}

}  // namespace bramley
