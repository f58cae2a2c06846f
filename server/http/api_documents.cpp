#include "server/http/api_documents.h"

#include <array>

#include "core/base/encoding.h"
#include "core/plist/plist_document.h"
#include "server/service/renewal_command.h"
#include "server/store/inventory_store.h"

namespace bramley {
namespace {

Json error_chain_document(const PlistDictionary& report) {
  Json chain = Json::array();
  for (const ReportedError& link : error_chain(report)) {
    chain.push_back({{"code", link.code},
                     {"domain", json_text(link.domain)},
                     {"description", json_text(link.description)}});
  }
  return chain;
}

struct FactToJson {
  Json operator()(bool value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(Timestamp value) const { return json_time(value); }
};

// What was said at the enrollment and may have been learnt anew.
void overlay_facts(Json& document, const DeviceFacts& facts) {
  for (const Fact fact : {Fact::serial_number, Fact::device_name, Fact::model, Fact::model_name,
                          Fact::product_name, Fact::os_version, Fact::build_version}) {
    if (const std::string* const text = facts.text(fact)) {
      document[std::string(fact_info(fact).name)] = *text;
    }
  }
}

// Who queued it.
std::string_view origin_of(std::string_view uuid) {
  return is_renewal_command(uuid) ? "renewal" : is_inventory_command(uuid) ? "inventory" : "api";
}

}  // namespace

std::string_view api_enrollment_type(EnrollmentType type) {
  switch (type) {
    case EnrollmentType::device:
      return "device";
    case EnrollmentType::user:
      return "user";
    case EnrollmentType::shared_ipad:
      return "shared_ipad";
    case EnrollmentType::user_enrollment_device:
      return "user_enrollment_device";
    case EnrollmentType::user_enrollment:
      return "user_enrollment";
  }
  return "device";
}

Result<EnrollmentType> parse_api_enrollment_type(std::string_view name) {
  constexpr std::array all = {EnrollmentType::device, EnrollmentType::user,
                              EnrollmentType::shared_ipad, EnrollmentType::user_enrollment_device,
                              EnrollmentType::user_enrollment};
  for (const EnrollmentType type : all) {
    if (api_enrollment_type(type) == name) {
      return type;
    }
  }
  return Error{ErrorCode::malformed,
               "\"type\" must be device, user, shared_ipad, user_enrollment_device or "
               "user_enrollment"};
}

Json fact_document(const DeviceFacts& facts, Fact fact) {
  const KnownFact* const known = facts.find(fact);
  return known == nullptr ? Json(nullptr) : std::visit(FactToJson{}, known->value);
}

Json facts_document(const DeviceFacts& facts) {
  Json document = Json::object();
  for (const FactInfo& info : all_facts()) {
    if (const KnownFact* const known = facts.find(info.fact)) {
      document[std::string(info.name)] = {{"value", std::visit(FactToJson{}, known->value)},
                                          {"as_of", json_time(known->as_of)}};
    }
  }
  return document;
}

Json enrollment_document(const Enrollment& enrollment, const DeviceFacts& facts) {
  Json document = {{"id", enrollment.id.value()},
                   {"type", api_enrollment_type(enrollment.id.type())},
                   {"device_id", enrollment.id.device_value()},
                   {"state", enrollment_state_name(enrollment.state)},
                   {"push_state", push_state_name(enrollment.push_state)},
                   {"dismissal", dismissal_name(enrollment.dismissal)},
                   {"topic", json_text(enrollment.topic)},
                   {"serial_number", json_text(enrollment.serial_number)},
                   {"device_name", json_text(enrollment.device_name)},
                   {"model", json_text(enrollment.model)},
                   {"model_name", json_text(enrollment.model_name)},
                   {"product_name", json_text(enrollment.product_name)},
                   {"os_version", json_text(enrollment.os_version)},
                   {"build_version", json_text(enrollment.build_version)},
                   {"user_short_name", json_text(enrollment.user_short_name)},
                   {"user_long_name", json_text(enrollment.user_long_name)},
                   {"awaiting_configuration", enrollment.awaiting_configuration},
                   {"token_update_tally", enrollment.token_update_tally},
                   {"authenticated_at", json_time(enrollment.authenticated_at)},
                   {"enrolled_at", json_time(enrollment.enrolled_at)},
                   {"checked_out_at", json_time(enrollment.checked_out_at)},
                   {"last_seen_at", json_time(enrollment.last_seen_at)},
                   {"certificate_sha256",
                    enrollment.certificate ? Json(enrollment.certificate->hex()) : Json(nullptr)}};
  if (enrollment.id.is_device_channel()) {
    overlay_facts(document, facts);
  }
  document["platform"] = fact_document(facts, Fact::platform);
  document["facts"] = facts_document(facts);
  return document;
}

Json token_name_document(const TokenName& token) {
  if (token.id.empty()) {
    return nullptr;
  }
  return {{"id", token.id}, {"name", token.name}};
}

Json command_document(const CommandSummary& command) {
  return {{"id", command.uuid},
          {"request_type", command.request_type},
          {"origin", origin_of(command.uuid)},
          {"created_at", json_time(command.created_at)},
          {"created_by", token_name_document(command.created_by)},
          {"priority", command.priority},
          {"expires_at", json_time(command.expires_at)},
          {"targets", command.targets},
          {"pending", command.pending},
          {"not_now", command.not_now},
          {"stuck", command.stuck},
          {"acknowledged", command.acknowledged},
          {"failed", command.failed},
          {"cleared", command.cleared},
          {"expired", command.expired},
          {"cancelled", command.cancelled}};
}

Json delivery_document(const CommandDelivery& delivery) {
  return {{"id", delivery.enrollment_id},
          {"enrollment_id", delivery.enrollment_id},
          {"command_uuid", delivery.command_uuid},
          {"request_type", delivery.request_type},
          {"state", command_state_name(delivery.state)},
          {"status", json_text(delivery.status_text)},
          {"queued_at", json_time(delivery.queued_at)},
          {"reported_at", json_time(delivery.reported_at)}};
}

Json waiting_document(const CommandDelivery& delivery) {
  Json document = delivery_document(delivery);
  document["unanswered"] = delivery.unanswered;
  return document;
}

Json result_document(const CommandDelivery& delivery) {
  Json document = delivery_document(delivery);
  document["report_size"] = delivery.report_size;
  document["report"] = nullptr;
  document["report_plist"] = nullptr;
  document["error_chain"] = Json::array();
  if (delivery.report.empty()) {
    return document;
  }
  document["report_plist"] = encode_base64(delivery.report);
  if (const auto report = parse_plist_dictionary(delivery.report)) {
    document["report"] = json_from_plist(*report);
    document["error_chain"] = error_chain_document(*report);
  }
  return document;
}

Json certificate_document(const CertificateStore::IssuedRecord& record) {
  return {{"id", record.fingerprint.hex()},
          {"serial", record.serial_hex},
          {"subject", json_text(record.subject)},
          {"issued_at", json_time(record.issued_at)},
          {"not_after", json_time(record.not_after)},
          {"device_id", json_text(record.device_id)},
          {"restricted_to", json_restriction(record.device)},
          {"revoked_at", json_time(record.revoked_at)}};
}

Json enrollment_token_document(const EnrollmentToken& token) {
  return {{"id", token.id},
          {"note", json_text(token.note)},
          {"created_at", json_time(token.created_at)},
          {"expires_at", json_time(token.expires_at)},
          {"max_uses", token.max_uses},
          {"uses", token.uses},
          {"restricted_to", json_restriction(token.device)}};
}

Json push_document(std::span<const PushOutcome> outcomes) {
  std::size_t sent = 0;
  Json errors = Json::array();
  for (const PushOutcome& outcome : outcomes) {
    if (outcome.notification_id) {
      ++sent;
      continue;
    }
    errors.push_back(
        {{"id", outcome.enrollment_id}, {"message", outcome.notification_id.error().message}});
  }
  return {{"sent", sent}, {"errors", std::move(errors)}};
}

Json refusals_document(std::span<const CommandQueue::Refusal> refusals) {
  Json documents = Json::array();
  for (const CommandQueue::Refusal& refusal : refusals) {
    documents.push_back({{"id", refusal.enrollment_id},
                         {"code", error_code_name(refusal.error.code)},
                         {"message", refusal.error.message}});
  }
  return documents;
}

}  // namespace bramley
