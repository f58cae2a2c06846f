#pragma once

#include <span>

#include "core/mdm/device_facts.h"
#include "server/http/json.h"
#include "server/service/push_service.h"
#include "server/store/certificate_store.h"
#include "server/store/command_queue.h"
#include "server/store/enrollment_store.h"

// What our nouns look like in /api/v1 (docs/openapi.yaml has the same under components/schemas).
namespace bramley {

// "device", "user", "shared_ipad", …: the API's own spelling of enrollment types.
std::string_view api_enrollment_type(EnrollmentType type);
Result<EnrollmentType> parse_api_enrollment_type(std::string_view name);

// Never the push token nor the push magic. What is known of the device now goes before what it
// said when it enrolled.
Json enrollment_document(const Enrollment& enrollment, const DeviceFacts& facts);
// {name: {"value","as_of"}}, for all that is known.
Json facts_document(const DeviceFacts& facts);
// null: it is not known.
Json fact_document(const DeviceFacts& facts, Fact fact);
Json command_document(const CommandSummary& command);
// {"id","name"}, or null for none.
Json token_name_document(const TokenName& token);
Json delivery_document(const CommandDelivery& delivery);
// A delivery that waits.
Json waiting_document(const CommandDelivery& delivery);
// A delivery and what the device reported.
Json result_document(const CommandDelivery& delivery);
Json certificate_document(const CertificateStore::IssuedRecord& record);
Json enrollment_token_document(const EnrollmentToken& token);
// {"sent":n,"errors":[{"id","message"}]}
Json push_document(std::span<const PushOutcome> outcomes);
// [{"id","code","message"}]
Json refusals_document(std::span<const CommandQueue::Refusal> refusals);

}  // namespace bramley
