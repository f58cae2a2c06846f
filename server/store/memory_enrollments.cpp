#include <algorithm>

#include "server/store/inventory_steps.h"
#include "server/store/memory_store.h"
#include "server/store/page_cursor.h"
#include "server/store/restriction.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

void start_afresh(MemoryDatabase::EnrollmentRow& row) {
  auto& enrollment = row.enrollment;
  enrollment.state = EnrollmentState::pending;
  enrollment.push_state = PushState::ok;
  enrollment.push_magic.clear();
  enrollment.push_token.clear();
  enrollment.awaiting_configuration = false;
  enrollment.token_update_tally = 0;
  enrollment.enrolled_at.reset();
  enrollment.checked_out_at.reset();
  row.bootstrap_token.reset();
  row.unlock_token.reset();
  row.auth_token.reset();
  row.user_nonce.clear();
  row.facts = {};
  if (enrollment.dismissal == Dismissal::unenroll) {
    enrollment.dismissal = Dismissal::none;
  }
}

}  // namespace

void describe_device(Enrollment& enrollment, const Authenticate& message) {
  enrollment.topic = message.topic;
  enrollment.serial_number = message.serial_number;
  enrollment.device_name = message.device_name;
  enrollment.model = message.model;
  enrollment.model_name = message.model_name;
  enrollment.product_name = message.product_name;
  enrollment.os_version = message.os_version;
  enrollment.build_version = message.build_version;
}

void enable(Enrollment& enrollment, const TokenUpdate& message, Timestamp now) {
  if (enrollment.state != EnrollmentState::enrolled) {
    enrollment.state = EnrollmentState::enrolled;
    enrollment.enrolled_at = now;
  }
  enrollment.checked_out_at.reset();
  enrollment.push_state = PushState::ok;
  if (!message.topic.empty()) {
    enrollment.topic = message.topic;
  }
  enrollment.push_magic = message.push_magic;
  enrollment.push_token = message.token;
  enrollment.awaiting_configuration = message.awaiting_configuration;
  enrollment.user_short_name = message.user_short_name;
  enrollment.user_long_name = message.user_long_name;
  ++enrollment.token_update_tally;
}

bool matches(const Enrollment& enrollment, const EnrollmentFilter& filter) {
  return (!filter.state || enrollment.state == *filter.state) &&
         (!filter.type || enrollment.id.type() == *filter.type) &&
         (filter.serial_number.empty() || enrollment.serial_number == filter.serial_number) &&
         (filter.device_id.empty() || enrollment.id.device_value() == filter.device_id);
}

namespace {

std::optional<SecretBytes> copy_of(const std::optional<SecretBytes>& secret) {
  return secret ? std::optional(secret->clone()) : std::nullopt;
}

}  // namespace

Status MemoryEnrollments::bind(const EnrollmentId& id, const Authenticate& message,
                               const Fingerprint& certificate) {
  if (database_.revocations.contains(certificate)) {
    return certificate_revoked(id.value());
  }
  const auto bound = database_.bindings.find(certificate);
  if (bound != database_.bindings.end() && bound->second != id.value()) {
    return certificate_of_another(id.value());
  }
  const auto issued = database_.issued_by_fingerprint.find(certificate);
  if (issued != database_.issued_by_fingerprint.end() &&
      !allows(database_.issued[issued->second].device, id.value(), message.serial_number)) {
    return certificate_for_another(id.value());
  }
  database_.bindings.emplace(certificate, id.value());
  return {};
}

Status MemoryEnrollments::begin_enrollment(const EnrollmentId& id, const Authenticate& message,
                                           ByteView /*raw*/, const DeviceIdentity& identity,
                                           Timestamp now) {
  if (!id.is_device_channel()) {
    return authenticate_on_user_channel(id.value());
  }
  const std::lock_guard lock(database_.mutex);
  const auto* const known = std::as_const(database_).find_row(id.value());
  if (known != nullptr && known->enrollment.id.device_value() != id.device_value()) {
    return id_of_another_device(id.value());
  }
  TRY(bind(id, message, identity.fingerprint()));
  auto& row = database_.row_of(id);
  if (database_.renews(row, identity.fingerprint())) {
    database_.adopt_identity(row, identity.fingerprint(), identity.certificate.not_after(), now);
  } else {
    database_.end_renewals(row, now);
    for (auto* member : database_.family(id.value())) {
      database_.clear_queue(*member, CommandState::cleared, now);
      start_afresh(*member);
    }
    row.enrollment.authenticated_at = now;
    row.enrollment.certificate = identity.fingerprint();
    row.identity_not_after = identity.certificate.not_after();
  }
  row.enrollment.id = id;
  describe_device(row.enrollment, message);
  row.facts.learn(learnt_at(facts_of(message), now));
  return {};
}

Status MemoryEnrollments::update_push_token(const EnrollmentId& id, const TokenUpdate& message,
                                            ByteView /*raw*/, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  TRY_ASSIGN(auto* const row, row_for_token(id));
  const bool is_new = row->enrollment.state != EnrollmentState::enrolled;
  take_token(*row, message, now);
  if (id.is_device_channel()) {
    DeviceFacts facts;
    facts.set(Fact::is_awaiting_configuration, message.awaiting_configuration, now);
    row->facts.learn(facts);
  }
  if (is_new && id.is_device_channel()) {
    row->inventory_due = now;
    if (row->identity_not_after) {
      row->renewal_due = renewal_due_at(row->number, *row->identity_not_after, now);
    }
    database_.revoke_others(*row, now);
  }
  return {};
}

void MemoryEnrollments::take_token(MemoryDatabase::EnrollmentRow& row, const TokenUpdate& message,
                                   Timestamp now) {
  enable(row.enrollment, message, now);
  row.token_at = now;
  if (!row.queue.empty() || !row.parked.empty()) {
    database_.order_push(row, {PushOrder::By::dispatcher}, now);
  }
  if (message.unlock_token && !message.unlock_token->empty()) {
    row.unlock_token = message.unlock_token->clone();
  }
}

Status MemoryEnrollments::end_enrollment(const EnrollmentId& id, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(id.value());
  if (row == nullptr) {
    return no_enrollment(id.value());
  }
  const auto leaving = id.is_device_channel() ? database_.family(id.value()) : std::vector{row};
  for (auto* const member : leaving) {
    if (member->enrollment.state != EnrollmentState::checked_out) {
      member->enrollment.state = EnrollmentState::checked_out;
      member->enrollment.checked_out_at = now;
    }
  }
  if (id.is_device_channel()) {
    database_.end_renewals(*row, now);
  }
  return {};
}

Status MemoryEnrollments::set_bootstrap_token(const EnrollmentId& id,
                                              std::optional<SecretBytes> token, Timestamp /*now*/) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(id.device_value());
  if (row == nullptr) {
    return no_enrollment(id.device_value());
  }
  row->bootstrap_token.reset();
  if (token && !token->empty()) {
    row->bootstrap_token = std::move(token);
  }
  return {};
}

Result<std::optional<SecretBytes>> MemoryEnrollments::bootstrap_token(
    const EnrollmentId& id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(id.device_value());
  return row == nullptr ? std::nullopt : copy_of(row->bootstrap_token);
}

Result<std::optional<SecretBytes>> MemoryEnrollments::unlock_token(const EnrollmentId& id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(id.value());
  return row == nullptr ? std::nullopt : copy_of(row->unlock_token);
}

Result<MemoryDatabase::EnrollmentRow*> MemoryEnrollments::row_for_token(const EnrollmentId& id) {
  const auto* const device = std::as_const(database_).find_row(id.device_value());
  if (device == nullptr) {
    return never_authenticated(id.device_value());
  }
  if (device->enrollment.state == EnrollmentState::checked_out) {
    return device_checked_out(id.device_value());
  }
  const auto* const known = std::as_const(database_).find_row(id.value());
  if (known != nullptr && known->enrollment.id.device_value() != id.device_value()) {
    return id_of_another_device(id.value());
  }
  return &database_.row_of(id);
}

Status MemoryEnrollments::challenge_user(const EnrollmentId& id, const UserChallenge& challenge) {
  if (id.is_device_channel()) {
    return challenge_on_device_channel(id.value());
  }
  const std::lock_guard lock(database_.mutex);
  TRY_ASSIGN(auto* const row, row_for_token(id));
  row->user_nonce = challenge.nonce;
  row->user_nonce_expires_at = challenge.expires_at;
  row->auth_token = challenge.auth_token.clone();
  return {};
}

Result<std::optional<std::string>> MemoryEnrollments::user_nonce(const EnrollmentId& id,
                                                                 Timestamp now) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(id.value());
  const bool good = row != nullptr && !row->user_nonce.empty() && now < row->user_nonce_expires_at;
  return good ? std::optional(row->user_nonce) : std::nullopt;
}

Status MemoryEnrollments::spend_user_nonce(const EnrollmentId& id, const std::string& nonce) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(id.value());
  if (row == nullptr || nonce.empty() || row->user_nonce != nonce) {
    return challenge_spent(id.value());
  }
  row->user_nonce.clear();
  return {};
}

Result<std::optional<SecretBytes>> MemoryEnrollments::auth_token(const EnrollmentId& id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(id.value());
  return row == nullptr ? std::nullopt : copy_of(row->auth_token);
}

Status MemoryEnrollments::set_dismissal(std::string_view device_id, Dismissal dismissal) {
  const std::string id(device_id);
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(id);
  if (row == nullptr || !row->enrollment.id.is_device_channel()) {
    return no_device(id);
  }
  row->enrollment.dismissal = dismissal;
  return {};
}

Result<Dismissal> MemoryEnrollments::dismissal(std::string_view device_id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(std::string(device_id));
  return row == nullptr ? Dismissal::none : row->enrollment.dismissal;
}

void MemoryEnrollments::note_seen(const EnrollmentId& id, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  if (auto* const row = database_.find_row(id.value())) {
    row->enrollment.last_seen_at = now;
  }
}

Result<std::optional<Enrollment>> MemoryEnrollments::find(std::string_view id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(std::string(id));
  return row == nullptr ? std::nullopt : std::optional(row->enrollment);
}

Result<Page<Enrollment>> MemoryEnrollments::list(const EnrollmentFilter& filter,
                                                 const PageRequest& page) const {
  const std::lock_guard lock(database_.mutex);
  const auto limit = page_limit(page);
  std::vector<Enrollment> items;
  auto row = database_.enrollments.upper_bound(page.after);
  for (; row != database_.enrollments.end() && items.size() <= limit; ++row) {
    if (matches(row->second.enrollment, filter)) {
      items.push_back(row->second.enrollment);
    }
  }
  return cut_page(std::move(items), limit, [](const Enrollment& last) { return last.id.value(); });
}

Result<std::vector<EnrollmentStore::TopicUse>> MemoryEnrollments::topics_in_use() const {
  const std::lock_guard lock(database_.mutex);
  std::map<std::string, std::int64_t> counts;
  for (const auto& [id, row] : database_.enrollments) {
    if (row.enrollment.state == EnrollmentState::enrolled &&
        row.enrollment.id.is_device_channel()) {
      ++counts[row.enrollment.topic];
    }
  }
  std::vector<TopicUse> uses;
  uses.reserve(counts.size());
  for (const auto& [topic, enrolled] : counts) {
    uses.push_back({topic, enrolled});
  }
  return uses;
}

}  // namespace bramley
