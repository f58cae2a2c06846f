#pragma once

#include <optional>
#include <string>

#include "server/store/certificate_store.h"
#include "server/store/sql_writer.h"

namespace bramley {

// Which device a certificate speaks for: shared by enrollments, which bind, and certificates, which
// inherit.

std::optional<std::string> bound_device(WriteTransaction& transaction,
                                        const std::string& fingerprint);
// Whether any certificate is, or was before it was revoked, the device's.
bool has_binding(WriteTransaction& transaction, const std::string& device_id);
bool is_revoked(WriteTransaction& transaction, const std::string& fingerprint);
void insert_binding(WriteTransaction& transaction, const std::string& fingerprint,
                    const std::string& device_id);
// Empty for a certificate that we did not issue.
DeviceRestriction restriction_of(WriteTransaction& transaction, const std::string& fingerprint);

}  // namespace bramley
