#pragma once

#include <string>
#include <string_view>

#include "core/net/http_message.h"
#include "server/http/json.h"
#include "server/store/page.h"

namespace bramley {

// ?limit= and ?cursor= of a list. `list` names it ("enrollments"): a cursor of another list is
// refused. malformed: a limit outside 1 to limits::page_most, or a cursor that we never gave out.
Result<PageRequest> page_request(const HttpRequest& request, std::string_view list);

// The same for a list that always has one page. malformed: any cursor, too.
Status check_single_page(const HttpRequest& request, std::string_view list);

// {"<list>":[…],"next_cursor":null|"…"}; `next` as in Page.
Json page_document(std::string_view list, Json items, std::string_view next);

template <class T, class ToJson>
Json page_document(std::string_view list, const Page<T>& page, ToJson to_json) {
  Json items = Json::array();
  for (const T& item : page.items) {
    items.push_back(to_json(item));
  }
  return page_document(list, std::move(items), page.next);
}

}  // namespace bramley
