#include "core/crypto/asn1_time.h"

#include <ctime>

#include "core/crypto/openssl_error.h"

namespace bramley {

std::optional<Timestamp> timestamp_of(const ASN1_TIME* time) {
  std::tm parts{};
  // A null pointer would mean "now" to OpenSSL.
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    forget_openssl_errors();
    return std::nullopt;
  }
  const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon) + 1),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  if (!day.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

TimeHandle make_asn1_time(Timestamp time) {
  return TimeHandle(ASN1_TIME_set(nullptr, time.time_since_epoch().count()));
}

}  // namespace bramley
