#include "core/crypto/trust_store.h"

#include <algorithm>

#include "core/crypto/asn1_time.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

namespace {

// Intermediates between an identity and its root.
constexpr int deepest_chain = 8;

Error refuse(std::string_view reason) {
  return Error{ErrorCode::unauthenticated, "verify certificate: " + std::string(reason)};
}

// RFC 5280 §4.2.1.12. Checked by hand: OpenSSL's purpose for TLS clients also judges key usage, and
// Apple's SCEP payload may ask for a key that only encrypts.
bool allows(X509* certificate, std::uint32_t usage) {
  if (X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) < 0) {
    return true;
  }
  // One that could not be parsed allows nothing.
  return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
         (X509_get_extended_key_usage(certificate) & (usage | XKU_ANYEKU)) != 0;
}

// Why this link does not serve the purpose; empty when it does.
std::string_view misuse(X509* link, ChainPurpose purpose) {
  switch (purpose) {
    case ChainPurpose::client_authentication:
      return allows(link, XKU_SSL_CLIENT) ? "" : "not for client authentication";
    case ChainPurpose::server_authentication:
      return allows(link, XKU_SSL_SERVER) ? "" : "not for server authentication";
    case ChainPurpose::any:
      break;
  }
  return {};
}

Result<TrustStore::Span> judge_chain(const STACK_OF(X509) * chain, ChainPurpose purpose) {
  TrustStore::Span span{Timestamp::min(), Timestamp::max()};
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* link = sk_X509_value(chain, i);
    if (const std::string_view reason = misuse(link, purpose); !reason.empty()) {
      return refuse(reason);
    }
    const auto begin = timestamp_of(X509_get0_notBefore(link));
    const auto end = timestamp_of(X509_get0_notAfter(link));
    if (!begin || !end) {
      return refuse("impossible dates");
    }
    span.begin = std::max(span.begin, *begin);
    // OpenSSL takes the last second for over, and a kept verdict must not outlive its own.
    span.end = std::min(span.end, *end - std::chrono::seconds(1));
  }
  return span;
}

void configure(X509_STORE_CTX* context, Timestamp time) {
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(parameters, time.time_since_epoch().count());
  X509_VERIFY_PARAM_set_depth(parameters, deepest_chain);
  // Devices enrolled years ago by other servers have RSA-1024 keys and SHA-1 certificates; what
  // protects them is the binding to their fingerprint, and refusing would unenroll them.
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);
}

bool push_view(STACK_OF(X509) * stack, const Certificate& certificate) {
  return sk_X509_push(stack, certificate.native()) > 0;
}

}  // namespace

struct TrustStore::Content {
  std::vector<Certificate> authorities;
  StoreHandle anchors;
  // To build chains from, when there are roots to lead to.
  std::vector<Certificate> intermediates;
};

Result<TrustStore> TrustStore::of(const std::vector<Certificate>& authorities) {
  auto content = std::make_shared<Content>();
  content->authorities = authorities;
  content->anchors.reset(X509_STORE_new());
  std::vector<Certificate> roots;
  for (const Certificate& authority : authorities) {
    const bool is_root = X509_self_signed(authority.native(), 1) == 1;
    (is_root ? roots : content->intermediates).push_back(authority);
  }
  forget_openssl_errors();
  if (roots.empty()) {
    roots.swap(content->intermediates);
    X509_STORE_set_flags(content->anchors.get(), X509_V_FLAG_PARTIAL_CHAIN);
  }
  for (const Certificate& root : roots) {
    if (X509_STORE_add_cert(content->anchors.get(), root.native()) != 1) {
      return openssl_error(ErrorCode::internal, "make trust store");
    }
  }
  return TrustStore(std::move(content));
}

Result<TrustStore::Span> TrustStore::judge(const Certificate& leaf, Timestamp time,
                                           const std::vector<Certificate>& offered,
                                           ChainPurpose purpose) const {
  if (offered.size() > most_offered) {
    return refuse("too many certificates in the message");
  }
  const CertificateViewsHandle links(sk_X509_new_null());
  const auto push = [&](const Certificate& link) { return push_view(links.get(), link); };
  const StoreContextHandle context(X509_STORE_CTX_new());
  if (context == nullptr || !std::ranges::all_of(content_->intermediates, push) ||
      !std::ranges::all_of(offered, push) ||
      X509_STORE_CTX_init(context.get(), content_->anchors.get(), leaf.native(), links.get()) !=
          1) {
    return openssl_error(ErrorCode::internal, "verify certificate");
  }
  configure(context.get(), time);
  const bool valid = X509_verify_cert(context.get()) == 1;
  forget_openssl_errors();
  if (!valid) {
    return refuse(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  return judge_chain(X509_STORE_CTX_get0_chain(context.get()), purpose);
}

Status TrustStore::verify(const Certificate& leaf, Timestamp time,
                          const std::vector<Certificate>& offered, ChainPurpose purpose) const {
  TRY(judge(leaf, time, offered, purpose));
  return {};
}

const std::vector<Certificate>& TrustStore::authorities() const {
  return content_->authorities;
}

Result<Timestamp> last_moment(const Certificate& certificate, Timestamp now,
                              std::chrono::seconds grace) {
  const Timestamp end = certificate.not_after();
  if (now < end || now > end + grace) {
    return Error{ErrorCode::unauthenticated,
                 "the certificate did not end within the time of grace"};
  }
  return end - std::chrono::seconds(1);
}

}  // namespace bramley
