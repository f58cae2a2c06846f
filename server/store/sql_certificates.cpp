// What was issued, and to whom it is bound; sql_challenges.cpp has the secrets that earn it.

#include "server/store/sql_certificates.h"

#include <limits>

#include "core/base/encoding.h"
#include "server/store/page_cursor.h"
#include "server/store/restriction.h"
#include "server/store/sql_bindings.h"
#include "server/store/sql_challenges.h"
#include "server/store/sql_renewal_rows.h"
#include "server/store/sql_values.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct DeviceToAssociate {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlText>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key, state, serial_number FROM enrollments WHERE id = :id "
      "AND type IN (:one, :other)";
};
struct NoteCertificate {
  using In = SqlTypes<SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET certificate = :certificate WHERE enrollment_key = :key";
};
struct DeviceOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT device_id FROM bindings b WHERE fingerprint = :fingerprint AND NOT EXISTS "
      "(SELECT 1 FROM revocations r WHERE r.fingerprint = b.fingerprint)";
};
struct IssuedExists {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT certificate_key FROM issued_certificates WHERE fingerprint = :fingerprint";
};
struct InsertIssued {
  using In = SqlTypes<SqlText, SqlText, SqlText, SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber,
                      SqlText, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO issued_certificates (fingerprint, serial, subject, transaction_id, public_key, "
      "request_hash, issued_at, not_after, only_udid, only_serial, der) VALUES (:fingerprint, "
      ":serial, :subject, :transaction, :public_key, :hash, :issued, :not_after, :udid, "
      ":only_serial, {binary:der})";
};
struct FindIssued {
  using In = SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT der FROM issued_certificates i WHERE request_hash = :hash "
      "AND transaction_id = :transaction AND public_key = :public_key AND issued_at >= :since "
      "AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.fingerprint = i.fingerprint) "
      "ORDER BY certificate_key DESC LIMIT 1";
};

constexpr std::string_view record_columns =
    "SELECT i.certificate_key, i.fingerprint, i.serial, i.subject, i.issued_at, i.not_after, "
    "b.device_id, i.only_udid, i.only_serial, r.revoked_at FROM issued_certificates i "
    "LEFT JOIN revocations r ON r.fingerprint = i.fingerprint ";
using RecordColumns = SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlNumber, SqlNumber,
                               std::optional<SqlText>, SqlText, SqlText, std::optional<SqlNumber>>;
struct FindRecord {
  using In = SqlTypes<SqlText>;
  using Out = RecordColumns;
  inline static const std::string sql =
      std::string(record_columns) +
      "LEFT JOIN bindings b ON b.fingerprint = i.fingerprint WHERE i.fingerprint = :fingerprint";
};
struct ListRecords {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = RecordColumns;
  inline static const std::string sql =
      std::string(record_columns) +
      "LEFT JOIN bindings b ON b.fingerprint = i.fingerprint WHERE i.certificate_key < :before "
      "ORDER BY i.certificate_key DESC LIMIT :limit";
};
// One device has few of all the certificates: "+ 0" keeps the planner from walking them all.
struct ListRecordsOfDevice {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = RecordColumns;
  inline static const std::string sql =
      std::string(record_columns) +
      "JOIN bindings b ON b.fingerprint = i.fingerprint WHERE b.device_id = :device "
      "AND i.certificate_key + 0 < :before ORDER BY i.certificate_key + 0 DESC LIMIT :limit";
};
struct CountIssued {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT COUNT(*) FROM issued_certificates";
};

struct InsertRevocation {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO revocations (fingerprint, revoked_at, reason) VALUES (:fingerprint, :at, "
      ":reason)";
};
struct ListRevocations {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT i.serial, r.revoked_at, r.reason FROM revocations r JOIN issued_certificates i ON "
      "i.fingerprint = r.fingerprint WHERE i.not_after > :now ORDER BY i.certificate_key";
};

// A narrow key for a wide question: the index on it stays small however many there are.
SqlNumber hash_of_request(std::string_view transaction_id, const Fingerprint& public_key) {
  auto text = to_bytes(transaction_id);
  text.insert(text.end(), public_key.bytes.begin(), public_key.bytes.end());
  std::uint64_t hash = 0;
  const auto digest = sha256(text);
  for (std::size_t i = 0; i < sizeof(hash); ++i) {
    hash = hash << 8U | digest.bytes[i];
  }
  return static_cast<SqlNumber>(hash);
}

Result<std::pair<SqlNumber, CertificateStore::IssuedRecord>> record_of(RecordColumns row) {
  auto& [key, hex, serial, subject, issued_at, not_after, device_id, udid, only_serial, revoked] =
      row;
  TRY_ASSIGN(const auto fingerprint, Fingerprint::from_hex(hex));
  return std::pair(key,
                   CertificateStore::IssuedRecord{
                       .fingerprint = fingerprint,
                       .serial_hex = std::move(serial),
                       .subject = std::move(subject),
                       .issued_at = time_of(issued_at),
                       .not_after = time_of(not_after),
                       .device_id = std::move(device_id).value_or(std::string()),
                       .device = {std::move(udid), std::move(only_serial)},
                       .revoked_at = revoked ? std::optional(time_of(*revoked)) : std::nullopt});
}

// The enrollment and the restriction of the identity that signed for a renewal.
DeviceRestriction inherit(WriteTransaction& transaction, const IssuedCertificate& issued,
                          const std::string& fingerprint) {
  if (!issued.renewed_from) {
    return {};
  }
  const auto signer = issued.renewed_from->hex();
  const auto device = bound_device(transaction, signer);
  if (device && !bound_device(transaction, fingerprint)) {
    insert_binding(transaction, fingerprint, *device);
  }
  return restriction_of(transaction, signer);
}

// Whether it renews the identity of the signer's enrollment too.
void inherit_order(WriteTransaction& transaction, const IssuedCertificate& issued, SqlNumber key,
                   Timestamp now) {
  if (!issued.renewed_from) {
    return;
  }
  if (const auto device = bound_device(transaction, issued.renewed_from->hex())) {
    inherit_renewal(transaction, *device, *issued.renewed_from, issued.certificate.fingerprint(),
                    key, now);
  }
}

}  // namespace

Result<std::optional<std::string>> SqlCertificates::device_of(
    const Fingerprint& certificate) const {
  if (auto known = context_.bindings.find(certificate)) {
    return known;
  }
  TRY_ASSIGN(auto row, context_.readers.read("find binding", [&](SqlConnection& sql) {
    return Result(sql.one<DeviceOf>(certificate.hex()));
  }));
  std::optional<std::string> device;
  if (row) {
    device = std::move(std::get<0>(*row));
    context_.bindings.remember(certificate, *device);
  }
  return device;
}

Status SqlCertificates::bind_first(const Fingerprint& certificate, const std::string& device_id) {
  const auto fingerprint = certificate.hex();
  return context_.writer.write(
      "associate certificate", [&](WriteTransaction& transaction) -> Status {
        const auto device =
            transaction.one<DeviceToAssociate>(device_id, number_of(EnrollmentType::device),
                                               number_of(EnrollmentType::user_enrollment_device));
        if (!device ||
            enum_of<EnrollmentState>(std::get<1>(*device)) == EnrollmentState::checked_out) {
          return not_for_association(device_id, "no such device is enrolled");
        }
        if (is_revoked(transaction, fingerprint)) {
          return not_for_association(device_id, "the certificate is revoked");
        }
        if (bound_device(transaction, fingerprint)) {
          return not_for_association(device_id, "the certificate is bound already");
        }
        if (has_binding(transaction, device_id)) {
          return not_for_association(device_id, "the device has another certificate");
        }
        if (!allows(restriction_of(transaction, fingerprint), device_id, std::get<2>(*device))) {
          return certificate_for_another(device_id);
        }
        insert_binding(transaction, fingerprint, device_id);
        transaction.run<NoteCertificate>(fingerprint, std::get<0>(*device));
        return {};
      });
}

Status SqlCertificates::record_issued(const IssuedCertificate& issued,
                                      const std::optional<Fingerprint>& challenge, Timestamp now) {
  const auto& certificate = issued.certificate;
  const auto fingerprint = certificate.fingerprint().hex();
  const auto serial = certificate.serial_hex();
  const auto subject = certificate.subject();
  const auto not_after = seconds_of(certificate.not_after());
  const auto der = to_text(certificate.der());
  const auto hash = hash_of_request(issued.transaction_id, issued.public_key);
  return context_.writer.write("record certificate", [&](WriteTransaction& transaction) -> Status {
    if (transaction.one<IssuedExists>(fingerprint)) {
      return recorded_already("certificate");
    }
    DeviceRestriction from_challenge;
    SqlNumber renewal_of = 0;
    if (challenge) {
      auto terms = find_challenge(transaction, challenge->hex(), now);
      if (!terms) {
        return challenge_refused();
      }
      renewal_of = renewal_of_challenge(transaction, challenge->hex());
      spend_challenge(transaction, challenge->hex());
      from_challenge = std::move(terms->device);
    }
    if (issued.renewed_from && is_revoked(transaction, issued.renewed_from->hex())) {
      return signer_revoked();
    }
    const auto from_signer = inherit(transaction, issued, fingerprint);
    const auto device = restriction_of_issued(issued, from_signer, from_challenge);
    transaction.run<InsertIssued>(fingerprint, serial, subject, issued.transaction_id,
                                  issued.public_key.hex(), hash, seconds_of(issued.issued_at),
                                  not_after, device.udid, device.serial_number, der);
    const auto key = transaction.last_key("issued_certificates");
    if (renewal_of != 0 && !bind_to_renewal(transaction, renewal_of, challenge->hex(),
                                            certificate.fingerprint(), key)) {
      return challenge_refused();
    }
    inherit_order(transaction, issued, key, now);
    return {};
  });
}

Result<std::optional<Certificate>> SqlCertificates::find_issued(std::string_view transaction_id,
                                                                const Fingerprint& public_key,
                                                                Timestamp since) const {
  TRY_ASSIGN(const auto row, context_.readers.read("find certificate", [&](SqlConnection& sql) {
    return Result(sql.one<FindIssued>(hash_of_request(transaction_id, public_key),
                                      std::string(transaction_id), public_key.hex(),
                                      seconds_of(since)));
  }));
  std::optional<Certificate> certificate;
  if (row) {
    TRY_ASSIGN(certificate, Certificate::from_der(as_bytes(std::get<0>(*row))));
  }
  return certificate;
}

Result<std::optional<CertificateStore::IssuedRecord>> SqlCertificates::find_record(
    const Fingerprint& certificate) const {
  TRY_ASSIGN(auto row, context_.readers.read("find certificate", [&](SqlConnection& sql) {
    return Result(sql.one<FindRecord>(certificate.hex()));
  }));
  std::optional<IssuedRecord> record;
  if (row) {
    TRY_ASSIGN(auto numbered, record_of(*std::move(row)));
    record = std::move(numbered.second);
  }
  return record;
}

Result<Page<CertificateStore::IssuedRecord>> SqlCertificates::list_issued(
    std::string_view device_id, const PageRequest& page) const {
  PageCursor before{0, std::numeric_limits<std::int64_t>::max()};
  if (!page.after.empty()) {
    TRY_ASSIGN(before, parse_cursor(page.after));
  }
  const auto limit = page_limit(page);
  std::vector<RecordColumns> rows;
  TRY(context_.readers.read("list certificates", [&](SqlConnection& sql) -> Status {
    const auto collect = [&](RecordColumns row) { rows.push_back(std::move(row)); };
    const auto count = static_cast<SqlNumber>(limit + 1);
    if (device_id.empty()) {
      sql.each<ListRecords>(collect, before.second, count);
    } else {
      sql.each<ListRecordsOfDevice>(collect, std::string(device_id), before.second, count);
    }
    return {};
  }));
  auto cut = cut_page(std::move(rows), limit, [](const RecordColumns& last) {
    return format_cursor({0, std::get<0>(last)});
  });
  Page<IssuedRecord> result;
  result.next = std::move(cut.next);
  for (auto& row : cut.items) {
    TRY_ASSIGN(auto numbered, record_of(std::move(row)));
    result.items.push_back(std::move(numbered.second));
  }
  return result;
}

Result<std::int64_t> SqlCertificates::count_issued() const {
  return context_.readers.read("count certificates", [&](SqlConnection& sql) {
    const auto row = sql.one<CountIssued>();
    return Result<std::int64_t>(row ? std::get<0>(*row) : 0);
  });
}

Status SqlCertificates::revoke(const Fingerprint& certificate, RevocationReason reason,
                               Timestamp now) {
  const auto fingerprint = certificate.hex();
  Status done =
      context_.writer.write("revoke certificate", [&](WriteTransaction& transaction) -> Status {
        if (!transaction.one<IssuedExists>(fingerprint) &&
            !bound_device(transaction, fingerprint)) {
          return no_certificate(fingerprint);
        }
        if (!is_revoked(transaction, fingerprint)) {
          transaction.run<InsertRevocation>(fingerprint, seconds_of(now),
                                            static_cast<SqlNumber>(reason));
        }
        return {};
      });
  if (done) {
    context_.bindings.forget(certificate);
  }
  return done;
}

Result<std::vector<Revocation>> SqlCertificates::revocations(Timestamp now) const {
  std::vector<Revocation> found;
  TRY(context_.readers.read("list revocations", [&](SqlConnection& sql) -> Status {
    found.clear();
    sql.each<ListRevocations>(
        [&](auto row) {
          auto& [serial, revoked_at, reason] = row;
          found.push_back(
              {std::move(serial), time_of(revoked_at), static_cast<RevocationReason>(reason)});
        },
        seconds_of(now));
    return {};
  }));
  return found;
}

}  // namespace bramley
