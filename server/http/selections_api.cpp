#include "server/http/selections_api.h"

#include <map>
#include <tuple>

#include "core/base/encoding.h"
#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/recipients_field.h"

namespace bramley {
namespace {

struct SelectRequest {
  RecipientsField who;
  std::size_t limit = limits::page_default;
  std::size_t skip = 0;  // how many come before the page
};

// The place in the order, which is the same each time but for what changed meanwhile.
Result<std::size_t> take_cursor(JsonObject& body) {
  TRY_ASSIGN(const auto cursor, body.take_text("cursor", limits::cursor));
  if (!cursor) {
    return std::size_t{0};
  }
  constexpr std::string_view prefix = "selections:";
  const auto decoded = decode_base64_lenient(*cursor);
  const std::string_view text = decoded ? as_text(*decoded) : std::string_view();
  std::uint64_t place = 0;
  for (const char c : text.substr(std::min(text.size(), prefix.size()))) {
    if (c < '0' || c > '9' || place > 1'000'000'000) {
      place = 0;
      break;
    }
    place = place * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (!text.starts_with(prefix) || place == 0) {
    return Error{ErrorCode::malformed, "\"cursor\" is not one of this list"};
  }
  return static_cast<std::size_t>(place);
}

std::string cursor_to(std::size_t place) {
  return encode_base64url(as_bytes("selections:" + std::to_string(place)));
}

Result<SelectRequest> parse_select(ByteView json) {
  TRY_ASSIGN(auto body, JsonObject::parse(json));
  SelectRequest request;
  TRY_ASSIGN(request.who, take_recipients(body));
  TRY_ASSIGN(const auto limit, body.take_integer("limit", 1, limits::selected_most));
  request.limit = limit ? static_cast<std::size_t>(*limit) : limits::page_default;
  TRY_ASSIGN(request.skip, take_cursor(body));
  TRY(body.finish());
  return request;
}

// What decides whether a command can be taken.
using GroupKey = std::tuple<std::string, std::string, std::string, bool, bool>;

GroupKey group_of(const InventoryItem& item) {
  const auto text = [&](Fact fact) {
    const std::string* const known = item.facts.text(fact);
    return known == nullptr ? std::string() : *known;
  };
  const bool* const supervised = item.facts.yes_no(Fact::supervised);
  const bool* const hidden = item.facts.yes_no(Fact::user_enrollment);
  return {text(Fact::platform), text(Fact::os_version),
          supervised == nullptr ? ""
          : *supervised         ? "yes"
                                : "no",
          item.id.is_device_channel(), hidden != nullptr && *hidden};
}

class Summary {
 public:
  explicit Summary(const SelectRequest& request) : request_(request) {}

  void add(const InventoryItem& item) {
    count(item);
    if (place_ >= request_.skip && page_.size() < request_.limit) {
      page_.push_back(selected_document(item));
    }
    ++place_;
  }

  Json document(const Matched& found) {
    const std::size_t shown = request_.skip + page_.size();
    return {{"matched", found.matched},
            {"stale", found.stale},
            {"groups", groups_document()},
            {"groups_left_out", left_out_},
            {"refused", refusals_document(found.refused)},
            {"enrollments", std::move(page_)},
            {"next_cursor", shown < place_ ? Json(cursor_to(shown)) : Json(nullptr)}};
  }

 private:
  struct Group {
    std::int64_t count = 0;
    std::string example;
  };

  void count(const InventoryItem& item) {
    auto key = group_of(item);
    const auto found = groups_.find(key);
    if (found != groups_.end()) {
      ++found->second.count;
    } else if (groups_.size() < limits::selection_groups) {
      groups_.emplace(std::move(key), Group{1, item.id.value()});
    } else {
      ++left_out_;
    }
  }

  // The oldest of what is shown.
  static std::optional<Timestamp> as_of(const DeviceFacts& facts) {
    std::optional<Timestamp> oldest;
    for (const Fact fact :
         {Fact::serial_number, Fact::platform, Fact::os_version, Fact::supervised}) {
      const KnownFact* const known = facts.find(fact);
      if (known != nullptr && !known->as_of) {
        return std::nullopt;
      }
      if (known != nullptr && (!oldest || *known->as_of < *oldest)) {
        oldest = known->as_of;
      }
    }
    return oldest;
  }

  static Json selected_document(const InventoryItem& item) {
    Json document = {{"id", item.id.value()},
                     {"type", api_enrollment_type(item.id.type())},
                     {"state", enrollment_state_name(item.state)}};
    for (const Fact fact : {Fact::serial_number, Fact::device_name, Fact::platform,
                            Fact::os_version, Fact::supervised, Fact::last_seen}) {
      const std::string name(fact == Fact::last_seen ? "last_seen_at" : fact_info(fact).name);
      document[name] = fact_document(item.facts, fact);
    }
    document["as_of"] = json_time(as_of(item.facts));
    return document;
  }

  [[nodiscard]] Json groups_document() const {
    Json documents = Json::array();
    for (const auto& [key, group] : groups_) {
      const auto& [platform, os_version, supervised, is_device, user_enrollment] = key;
      documents.push_back(
          {{"platform", json_text(platform)},
           {"os_version", json_text(os_version)},
           {"supervised", supervised.empty() ? Json(nullptr) : Json(supervised == "yes")},
           {"channel", is_device ? "device" : "user"},
           {"user_enrollment", user_enrollment},
           {"count", group.count},
           {"example", group.example}});
    }
    return documents;
  }

  const SelectRequest& request_;
  std::map<GroupKey, Group> groups_;
  std::int64_t left_out_ = 0;
  std::size_t place_ = 0;
  Json page_ = Json::array();
};

}  // namespace

void SelectionsApi::add_routes(Router& router) {
  router.add("POST", "/api/v1/selections", limits::admin_body, *this, &SelectionsApi::select);
}

Result<HttpResponse> SelectionsApi::select(const RoutedRequest& request) {
  TRY_ASSIGN(const auto wanted, parse_select(request.http.body));
  Summary summary(wanted);
  TRY_ASSIGN(const auto found,
             selector_.each(wanted.who.recipients, wanted.who.max_age,
                            [&](const InventoryItem& item) { summary.add(item); }));
  return json_response(200, summary.document(found));
}

}  // namespace bramley
