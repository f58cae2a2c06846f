#include "server/store/sql_enrollment_rows.h"

#include "core/base/encoding.h"

namespace bramley {

Enrollment enrollment_of(EnrollmentColumns row) {
  auto& [id, device_id, type, state, push_state, dismissal, topic, push_magic, push_token,
         serial_number, device_name, model, model_name, product_name, os_version, build_version,
         user_short_name, user_long_name, awaiting_configuration, token_update_tally,
         authenticated_at, enrolled_at, checked_out_at, seen_at, certificate] = row;
  Enrollment enrollment{
      EnrollmentId::restore(enum_of<EnrollmentType>(type), std::move(id), std::move(device_id))};
  enrollment.state = enum_of<EnrollmentState>(state);
  enrollment.push_state = enum_of<PushState>(push_state);
  enrollment.dismissal = enum_of<Dismissal>(dismissal);
  enrollment.topic = std::move(topic);
  enrollment.push_magic = std::move(push_magic);
  if (auto token = decode_hex(push_token)) {
    enrollment.push_token = *std::move(token);
  }
  enrollment.serial_number = std::move(serial_number);
  enrollment.device_name = std::move(device_name);
  enrollment.model = std::move(model);
  enrollment.model_name = std::move(model_name);
  enrollment.product_name = std::move(product_name);
  enrollment.os_version = std::move(os_version);
  enrollment.build_version = std::move(build_version);
  enrollment.user_short_name = std::move(user_short_name);
  enrollment.user_long_name = std::move(user_long_name);
  enrollment.awaiting_configuration = awaiting_configuration != 0;
  enrollment.token_update_tally = token_update_tally;
  enrollment.authenticated_at = time_of(authenticated_at);
  enrollment.enrolled_at = time_of(enrolled_at);
  enrollment.checked_out_at = time_of(checked_out_at);
  enrollment.last_seen_at = time_of(seen_at);
  if (certificate) {
    if (auto fingerprint = Fingerprint::from_hex(*certificate)) {
      enrollment.certificate = *fingerprint;
    }
  }
  return enrollment;
}

}  // namespace bramley
