#include "core/mdm/profile_lint_notes.h"

#include <algorithm>

namespace bramley {

std::string PayloadView::place(std::string_view key) const {
  return name_ + ": " + std::string(key);
}

void PayloadView::wrong_type(std::string_view key, std::string_view wanted) const {
  notes_.fault("wrong_type", place(key), "it is not " + std::string(wanted),
               "write it as " + std::string(wanted));
}

const std::string* PayloadView::text(std::string_view key) const {
  const PlistValue* const value = keys_.find(key);
  if (value != nullptr && value->string() == nullptr) {
    wrong_type(key, "a <string>");
  }
  return value == nullptr ? nullptr : value->string();
}

const std::int64_t* PayloadView::integer(std::string_view key) const {
  const PlistValue* const value = keys_.find(key);
  if (value != nullptr && value->integer() == nullptr) {
    wrong_type(key, "an <integer>");
  }
  return value == nullptr ? nullptr : value->integer();
}

const bool* PayloadView::boolean(std::string_view key) const {
  const PlistValue* const value = keys_.find(key);
  if (value != nullptr && value->boolean() == nullptr) {
    wrong_type(key, "<true/> or <false/>");
  }
  return value == nullptr ? nullptr : value->boolean();
}

const Bytes* PayloadView::data(std::string_view key) const {
  const PlistValue* const value = keys_.find(key);
  if (value != nullptr && value->data() == nullptr) {
    wrong_type(key, "<data>");
  }
  return value == nullptr ? nullptr : value->data();
}

const PlistArray* PayloadView::array(std::string_view key) const {
  const PlistValue* const value = keys_.find(key);
  if (value != nullptr && value->array() == nullptr) {
    wrong_type(key, "an <array>");
  }
  return value == nullptr ? nullptr : value->array();
}

const PlistDictionary* PayloadView::dictionary(std::string_view key) const {
  const PlistValue* const value = keys_.find(key);
  if (value != nullptr && value->dictionary() == nullptr) {
    wrong_type(key, "a <dict>");
  }
  return value == nullptr ? nullptr : value->dictionary();
}

std::vector<std::string> PayloadView::texts(std::string_view key) const {
  std::vector<std::string> found;
  const PlistArray* const list = array(key);
  for (const PlistValue& item : list == nullptr ? PlistArray() : *list) {
    if (item.string() == nullptr) {
      wrong_type(key, "an <array> of <string>");
      return {};
    }
    found.push_back(*item.string());
  }
  return found;
}

std::vector<TypedPayload> payloads_of(const PlistDictionary& profile) {
  std::vector<TypedPayload> found;
  const PlistValue* const content = profile.find("PayloadContent");
  if (content == nullptr || content->array() == nullptr) {
    return found;
  }
  const auto text_of = [](const PlistDictionary& keys, std::string_view key) {
    const PlistValue* const value = keys.find(key);
    return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
  };
  for (const PlistValue& item : *content->array()) {
    if (const PlistDictionary* const keys = item.dictionary()) {
      found.push_back({text_of(*keys, "PayloadType"), text_of(*keys, "PayloadUUID"), keys});
    }
  }
  return found;
}

const PlistDictionary* only_payload(const std::vector<TypedPayload>& payloads,
                                    std::string_view type) {
  const auto is_it = [type](const TypedPayload& payload) { return payload.type == type; };
  const auto found = std::ranges::find_if(payloads, is_it);
  return std::ranges::count_if(payloads, is_it) == 1 ? found->keys : nullptr;
}

}  // namespace bramley
