#include "server/http/enrollments_api.h"

#include <algorithm>

#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

Result<EnrollmentFilter> enrollment_filter(const HttpRequest& request) {
  EnrollmentFilter filter;
  if (const auto state = request.query("state")) {
    const auto parsed = parse_enrollment_state(*state);
    if (!parsed) {
      return Error{ErrorCode::malformed, "\"state\" must be pending, enrolled or checked_out"};
    }
    filter.state = *parsed;
  }
  if (const auto type = request.query("type")) {
    TRY_ASSIGN(filter.type, parse_api_enrollment_type(*type));
  }
  const auto serial = request.query("serial_number");
  filter.serial_number = serial ? *serial : request.query("serial").value_or("");
  filter.device_id = request.query("device").value_or("");
  return filter;
}

// What is wanted of the facts; none: nothing.
using Wanted = std::function<bool(const InventoryItem&)>;
Result<Wanted> wanted_facts(const HttpRequest& request, Timestamp now) {
  const auto platform = request.query("platform");
  const auto names = platform_names();
  if (platform && std::find(names.begin(), names.end(), *platform) == names.end()) {
    return Error{ErrorCode::malformed,
                 "\"platform\" must be macOS, iOS, iPadOS, tvOS, visionOS or watchOS"};
  }
  std::optional<Selection> selection;
  if (const auto text = request.query("select")) {
    auto parsed = Selection::parse(*text);
    if (!parsed) {
      return std::move(parsed).error().while_doing("\"select\"");
    }
    selection = *std::move(parsed);
  }
  if (!platform && !selection) {
    return Wanted();
  }
  return Wanted([platform, selection, now](const InventoryItem& item) {
    const std::string* const runs = item.facts.text(Fact::platform);
    return (!platform || (runs != nullptr && *runs == *platform)) &&
           (!selection || selection->matches(item.facts, now));
  });
}

}  // namespace

void EnrollmentsApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/enrollments", 0, *this, &EnrollmentsApi::list,
             {"state", "type", "serial", "serial_number", "device", "platform", "select",
              limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/enrollments/{id}", 0, *this, &EnrollmentsApi::show);
  router.add("DELETE", "/api/v1/enrollments/{id}", limits::ignored_body, *this,
             &EnrollmentsApi::remove);
  router.add("GET", "/api/v1/enrollments/{id}/queue", 0, *this, &EnrollmentsApi::queue,
             {limit_parameter, cursor_parameter});
  router.add("DELETE", "/api/v1/enrollments/{id}/queue", limits::ignored_body, *this,
             &EnrollmentsApi::clear_queue);
  router.add("POST", "/api/v1/enrollments/{id}/unenroll", limits::ignored_body, *this,
             &EnrollmentsApi::unenroll);
  router.add("POST", "/api/v1/enrollments/{id}/block", limits::ignored_body, *this,
             &EnrollmentsApi::block);
  router.add("POST", "/api/v1/enrollments/{id}/unblock", limits::ignored_body, *this,
             &EnrollmentsApi::unblock);
}

Result<HttpResponse> EnrollmentsApi::list(const RoutedRequest& request) {
  TRY_ASSIGN(const auto filter, enrollment_filter(request.http));
  TRY_ASSIGN(const auto page, page_request(request.http, "enrollments"));
  TRY_ASSIGN(const auto wanted, wanted_facts(request.http, clock_.now()));
  if (wanted) {
    return list_selected(filter, page, wanted);
  }
  TRY_ASSIGN(const auto found, store_.enrollments().list(filter, page));
  Json documents = Json::array();
  for (const Enrollment& enrollment : found.items) {
    TRY_ASSIGN(auto each, document(enrollment));
    documents.push_back(std::move(each));
  }
  return json_response(200, page_document("enrollments", std::move(documents), found.next));
}

Result<HttpResponse> EnrollmentsApi::list_selected(
    const EnrollmentFilter& filter, const PageRequest& page,
    const std::function<bool(const InventoryItem&)>& wanted) const {
  TRY_ASSIGN(const auto found, selector_.page(filter, wanted, page, limits::scanned_enrollments));
  Json documents = Json::array();
  for (const InventoryItem& item : found.items) {
    TRY_ASSIGN(const auto enrollment, store_.enrollments().find(item.id.value()));
    if (enrollment) {  // it may have been removed meanwhile
      documents.push_back(enrollment_document(*enrollment, item.facts));
    }
  }
  return json_response(200, page_document("enrollments", std::move(documents), found.next));
}

Result<Json> EnrollmentsApi::document(const Enrollment& enrollment) const {
  TRY_ASSIGN(const auto item, store_.inventory().find(enrollment.id.value()));
  return enrollment_document(enrollment, item ? item->facts : DeviceFacts());
}

Result<HttpResponse> EnrollmentsApi::show(const RoutedRequest& request) {
  TRY_ASSIGN(const auto enrollment, find(request));
  TRY_ASSIGN(const auto shown, document(enrollment));
  return json_response(200, shown);
}

Result<HttpResponse> EnrollmentsApi::remove(const RoutedRequest& request) {
  const std::string& id = request.path.get("id");
  TRY(store_.commands().finish_enqueueing());
  TRY(store_.enrollments().remove(id, clock_.now()));
  log_.info("enrollment removed", {{"enrollment", id}});
  return no_content_response();
}

Result<HttpResponse> EnrollmentsApi::queue(const RoutedRequest& request) {
  TRY_ASSIGN(const auto page, page_request(request.http, "commands"));
  TRY_ASSIGN(const auto enrollment, find(request));
  TRY_ASSIGN(const auto waiting, store_.commands().queue(enrollment.id.value(), page));
  return json_response(200, page_document("commands", waiting, waiting_document));
}

Result<HttpResponse> EnrollmentsApi::clear_queue(const RoutedRequest& request) {
  if (request.caller.is_limited_to_types()) {
    return Error{
        ErrorCode::forbidden, request.caller.described() + " may not cancel commands of every type",
        "it is limited to " + request.caller.allowed_types() + ": cancel those one by one"};
  }
  TRY_ASSIGN(const auto enrollment, find(request));
  TRY(store_.commands().clear(enrollment.id.value(), clock_.now()));
  return no_content_response();
}

Result<HttpResponse> EnrollmentsApi::unenroll(const RoutedRequest& request) {
  return dismiss(request, Dismissal::unenroll);
}

Result<HttpResponse> EnrollmentsApi::block(const RoutedRequest& request) {
  return dismiss(request, Dismissal::block);
}

Result<HttpResponse> EnrollmentsApi::unblock(const RoutedRequest& request) {
  return dismiss(request, Dismissal::none);
}

Result<HttpResponse> EnrollmentsApi::dismiss(const RoutedRequest& request, Dismissal dismissal) {
  TRY_ASSIGN(auto enrollment, find(request));
  if (!enrollment.id.is_device_channel()) {
    return Error{ErrorCode::conflict, "it is a user's channel", "name its device"};
  }
  if (dismissal == Dismissal::unenroll && enrollment.dismissal == Dismissal::block) {
    return Error{ErrorCode::conflict, "the device is blocked", "unblock it first"};
  }
  TRY(store_.enrollments().set_dismissal(enrollment.id.value(), dismissal));
  enrollment.dismissal = dismissal;
  TRY_ASSIGN(const auto shown, document(enrollment));
  return json_response(200, shown);
}

Result<Enrollment> EnrollmentsApi::find(const RoutedRequest& request) const {
  const std::string& id = request.path.get("id");
  TRY_ASSIGN(auto found, store_.enrollments().find(id));
  if (!found) {
    return Error{ErrorCode::not_found, "no enrollment " + id,
                 "`bramley device list` has those that there are"};
  }
  return *std::move(found);
}

}  // namespace bramley
