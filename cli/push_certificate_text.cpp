#include "cli/push_certificate_text.h"

#include "core/base/encoding.h"

namespace bramley {
namespace {

void append(Bytes& text, std::string_view more) {
  text.insert(text.end(), more.begin(), more.end());
}

// PEM has neither quotes nor backslashes.
void append_value(Bytes& text, CredentialText format, std::string_view value) {
  switch (format) {
    case CredentialText::env:
      append(text, "'");
      append(text, value.substr(0, value.find_last_not_of('\n') + 1));
      append(text, "'");
      return;
    case CredentialText::dotenv:
      append(text, "\"");
      for (const char c : value) {
        append(text, c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1));
      }
      append(text, "\"");
      return;
    case CredentialText::k8s_secret:
      append(text, SecretBytes(std::string_view(encode_base64(as_bytes(value)))).reveal_text());
      return;
  }
}

std::string_view before_name(CredentialText format) {
  switch (format) {
    case CredentialText::env:
      return "export ";
    case CredentialText::dotenv:
      return "";
    case CredentialText::k8s_secret:
      return "  ";
  }
  return "";
}

}  // namespace

Result<SecretBytes> write_credential_text(CredentialText format, const PushIdentity& identity,
                                          const std::string& name) {
  TRY_ASSIGN(const SecretBytes key, identity.key->to_pem());
  const bool yaml = format == CredentialText::k8s_secret;
  Bytes text;
  text.reserve(16U << 10U);
  if (yaml) {
    append(text, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"" + name +
                     "\"\ntype: Opaque\ndata:\n");
  }
  const std::string certificate = identity.certificate.pem();
  for (const auto& [variable, value] :
       {std::pair<std::string_view, std::string_view>("BRAMLEY_PUSH_CERT", certificate),
        std::pair<std::string_view, std::string_view>("BRAMLEY_PUSH_KEY", key.reveal_text())}) {
    append(text, before_name(format));
    append(text, variable);
    append(text, yaml ? ": " : "=");
    append_value(text, format, value);
    append(text, "\n");
  }
  return SecretBytes(std::move(text));
}

}  // namespace bramley
