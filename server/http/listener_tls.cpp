#include "server/http/listener_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/base/c_handle.h"
#include "core/base/file.h"

namespace bramley {
namespace {

// Mozilla's "intermediate" for OpenSSL, without the finite-field Diffie-Hellman at its end.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr std::chrono::hours ticket_key_life{12};
constexpr std::size_t pem_limit = 1U << 20U;

using BioHandle = CHandle<BIO, BIO_free>;
using CertificateHandle = CHandle<X509, X509_free>;
using KeyHandle = CHandle<EVP_PKEY, EVP_PKEY_free>;
inline void free_names(STACK_OF(X509_NAME) * names) {
  sk_X509_NAME_pop_free(names, X509_NAME_free);
}
using NamesHandle = CHandle<STACK_OF(X509_NAME), free_names>;

// The last error OpenSSL has for this thread, in words; empties the queue.
std::string openssl_cause() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "not understood" : reason;
}

BioHandle view_of(ByteView bytes) {
  return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Nobody sits there to be asked: an encrypted key is an error, not a prompt.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// Whatever the client presents is let in, and so is nothing at all: the handler answers an unknown
// or expired certificate with a 400 and a log line, where a failed handshake would say nothing.
int accept_any_certificate(X509_STORE_CTX*, void*) {
  return 1;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 9> ours = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  const int outcome =
      SSL_select_next_proto(&match, chosen_size, ours.data(), ours.size(), offered, offered_size);
  *chosen = match;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Status configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Idle connections keep no buffers; one system call a record where OpenSSL would make two.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  // Each ticket carries the client's certificate: one is enough, and no cache beside it.
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  static constexpr std::array<unsigned char, 7> session_context = {'b', 'r', 'a', 'm',
                                                                   'l', 'e', 'y'};
  SSL_CTX_set_session_id_context(context, session_context.data(), session_context.size());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
  SSL_CTX_set_cert_verify_callback(context, accept_any_certificate, nullptr);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (SSL_CTX_set_cipher_list(context, tls12_ciphers) != 1 ||
      SSL_CTX_set1_groups_list(context, groups) != 1) {
    return Error{ErrorCode::internal, "prepare TLS: " + openssl_cause()};
  }
  return {};
}

Status set_authority_names(SSL_CTX* context, const std::vector<Bytes>& names) {
  NamesHandle list(sk_X509_NAME_new_null());
  for (const Bytes& der : names) {
    const unsigned char* start = der.data();
    CHandle<X509_NAME, X509_NAME_free> name(
        d2i_X509_NAME(nullptr, &start, static_cast<long>(der.size())));
    if (name == nullptr || sk_X509_NAME_push(list.get(), name.get()) == 0) {
      return Error{ErrorCode::internal, "name the device CAs in TLS: " + openssl_cause()};
    }
    static_cast<void>(name.release());
  }
  SSL_CTX_set0_CA_list(context, list.release());
  return {};
}

Status check_validity(const X509* leaf, const std::filesystem::path& file) {
  time_t now = std::chrono::system_clock::to_time_t(SystemClock().now());
  const std::string doing = "use the TLS certificate in " + file.string() + ": ";
  if (X509_cmp_time(X509_get0_notAfter(leaf), &now) <= 0) {
    return Error{ErrorCode::malformed, doing + "it has expired", "renew it, or name another"};
  }
  if (X509_cmp_time(X509_get0_notBefore(leaf), &now) > 0) {
    return Error{ErrorCode::malformed, doing + "it is not valid yet",
                 "set this machine's clock right, or name another"};
  }
  return {};
}

Status use_chain(SSL_CTX* context, ByteView pem, const std::filesystem::path& file) {
  const Error unreadable{ErrorCode::malformed,
                         "read the TLS certificate in " + file.string() + ": no certificate in PEM",
                         "give a PEM file with the server's certificate first, then its issuers"};
  const BioHandle bio = view_of(pem);
  const CertificateHandle leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
  if (leaf == nullptr) {
    ERR_clear_error();
    return unreadable;
  }
  TRY(check_validity(leaf.get(), file));
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return Error{ErrorCode::malformed,
                 "use the TLS certificate in " + file.string() + ": " + openssl_cause()};
  }
  while (CertificateHandle issuer{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) {
      return Error{ErrorCode::malformed,
                   "use the TLS certificate in " + file.string() + ": " + openssl_cause()};
    }
    static_cast<void>(issuer.release());
  }
  const bool only_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return only_the_end ? Status() : unreadable;
}

Status use_key(SSL_CTX* context, ByteView pem, const TlsFiles& files) {
  const std::string doing = "use the TLS key in " + files.key.string() + ": ";
  bool asked = false;
  const BioHandle bio = view_of(pem);
  const KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &asked));
  if (key == nullptr) {
    ERR_clear_error();
    return asked ? Error{ErrorCode::malformed, doing + "it is encrypted",
                         "take the passphrase off: openssl pkey -in OLD -out NEW"}
                 : Error{ErrorCode::malformed, doing + "no private key in PEM",
                         "give the key that the certificate was made for, in PEM"};
  }
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    ERR_clear_error();
    return Error{ErrorCode::malformed,
                 doing + "it does not match the certificate in " + files.certificate_chain.string(),
                 "give the key that the certificate was made for"};
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return Error{ErrorCode::malformed, doing + openssl_cause()};
  }
  return {};
}

Error missing_file(Error error, std::string_view what) {
  const bool absent = error.code == ErrorCode::not_found;
  return std::move(error)
      .while_doing("read the TLS " + std::string(what))
      .with_hint(absent ? "check --tls-cert and --tls-key, or say --tls off behind a proxy"
                        : "the user that runs bramley must be able to read it");
}

}  // namespace

bool TlsIdentity::Stamp::operator==(const Stamp& other) const {
  return modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec &&
         size == other.size && inode == other.inode;
}

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(
    TlsFiles files, const std::vector<Certificate>& client_authorities) {
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(std::move(files)));
  for (const Certificate& authority : client_authorities) {
    identity->authority_names_.push_back(authority.subject_der());
  }
  identity->used_ = identity->seen_ = identity->stamps();
  TRY_ASSIGN(identity->context_, identity->make_context());
  identity->tried_ = SystemClock().now();
  return identity;
}

std::shared_ptr<SSL_CTX> TlsIdentity::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

void TlsIdentity::reload(Log& log) {
  const Stamps before = stamps();
  auto made = make_context();
  const std::lock_guard lock(mutex_);
  used_ = seen_ = before;
  tried_ = SystemClock().now();
  if (!made) {
    log.warn("the TLS files are not usable; the old ones stay in force",
             {{"cause", made.error().message}, {"hint", made.error().hint}});
    return;
  }
  context_ = *std::move(made);
  log.info("TLS files read again", {{"certificate", files_.certificate_chain.string()}});
}

void TlsIdentity::reload_if_changed(Log& log) {
  const Stamps now = stamps();
  bool due = false;
  {
    const std::lock_guard lock(mutex_);
    const bool settled = now == seen_;
    seen_ = now;
    due = settled && (!(now == used_) || SystemClock().now() - tried_ >= ticket_key_life);
  }
  if (due) {
    reload(log);
  }
}

TlsIdentity::Stamp TlsIdentity::stamp_of(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return {};
  }
  return {status.st_mtim, status.st_size, status.st_ino};
}

TlsIdentity::Stamps TlsIdentity::stamps() const {
  return {stamp_of(files_.certificate_chain), stamp_of(files_.key)};
}

Result<std::shared_ptr<SSL_CTX>> TlsIdentity::make_context() const {
  auto chain = read_file(files_.certificate_chain, pem_limit);
  if (!chain) {
    return missing_file(std::move(chain).error(), "certificate");
  }
  const auto key = read_secret_file(files_.key, pem_limit);
  if (!key) {
    return missing_file(key.error(), "key");
  }
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) {
    return Error{ErrorCode::internal, "prepare TLS: " + openssl_cause()};
  }
  TRY(configure(context.get()));
  TRY(set_authority_names(context.get(), authority_names_));
  TRY(use_chain(context.get(), *chain, files_.certificate_chain));
  TRY(use_key(context.get(), key->reveal(), files_));
  return context;
}

}  // namespace bramley
