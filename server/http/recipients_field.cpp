#include "server/http/recipients_field.h"

#include "server/http/limits.h"

namespace bramley {
namespace {

static_assert(limits::selection == Selection::longest);

// How many of the three were given.
Result<int> take_names(JsonObject& body, Recipients& recipients) {
  TRY_ASSIGN(const auto all, body.take_bool("all_devices"));
  TRY_ASSIGN(auto targets, body.take_texts("targets"));
  recipients.all_devices = all.value_or(false);
  if (targets) {
    recipients.names.swap(*targets);
  }
  return int{recipients.all_devices} + int{targets.has_value()};
}

}  // namespace

Result<RecipientsField> take_recipients(JsonObject& body) {
  RecipientsField field;
  TRY_ASSIGN(const int named, take_names(body, field.recipients));
  TRY_ASSIGN(const auto select, body.take_long_text("select"));
  TRY_ASSIGN(field.max_age, body.take_ttl("max_age"));
  Recipients& recipients = field.recipients;
  if (named + int{select.has_value()} > 1) {
    return Error{ErrorCode::malformed,
                 "\"targets\", \"select\" and \"all_devices\" exclude each other"};
  }
  if (select) {
    auto selection = Selection::parse(*select);
    if (!selection) {
      return std::move(selection).error().while_doing("\"select\"");
    }
    recipients.selection = *std::move(selection);
  } else if (!recipients.all_devices && recipients.names.empty()) {
    return Error{ErrorCode::malformed, "\"targets\" must name at least one enrollment",
                 "or give \"select\", an expression, or \"all_devices\": true"};
  }
  return field;
}

}  // namespace bramley
