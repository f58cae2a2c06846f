#include "core/crypto/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/crypto/openssl_error.h"

namespace bramley {

Result<std::optional<PemBlock>> PemReader::next() {
  char* label = nullptr;
  char* headers = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio_.get(), &label, &headers, &data, &size) != 1) {
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
      forget_openssl_errors();
      return std::optional<PemBlock>();
    }
    return openssl_error(ErrorCode::malformed, "read PEM");
  }
  const auto length = static_cast<std::size_t>(size);
  PemBlock block{label, headers, SecretBytes(ByteView(data, length))};
  OPENSSL_free(label);
  OPENSSL_free(headers);
  OPENSSL_clear_free(data, length);
  return std::optional<PemBlock>(std::move(block));
}

bool looks_like_pem(ByteView content) {
  return as_text(content).find("-----BEGIN ") != std::string_view::npos;
}

std::string write_pem(std::string_view label, ByteView der) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), std::string(label).c_str(), "", der.data(),
                static_cast<long>(der.size()));
  return to_text(bio_content(out.get()));
}

}  // namespace bramley
