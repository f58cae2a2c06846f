#include "core/mdm/profile_lint.h"

#include <algorithm>
#include <set>

#include "core/mdm/profile_document.h"
#include "core/mdm/profile_lint_notes.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

bool is_uuid(std::string_view text) {
  constexpr std::size_t length = 36;
  if (text.size() != length) {
    return false;
  }
  for (std::size_t i = 0; i < length; ++i) {
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? c != '-' : !is_hex) {
      return false;
    }
  }
  return true;
}

// What is before the root's tag: Apple reads more than XML allows, other readers do not.
void lint_prolog(std::string_view text, LintNotes& notes) {
  if (text.starts_with("bplist")) {
    notes.warn("binary_plist", "", "it is a binary property list",
               "write it as XML: plutil -convert xml1");
    return;
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    notes.warn("byte_order_mark", "", "it begins with a byte order mark", "take it away");
    text.remove_prefix(3);
  }
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start != 0 && start != std::string_view::npos && text.substr(start).starts_with("<?xml")) {
    notes.warn("space_before_declaration", "", "white space before <?xml, which XML does not allow",
               "make <?xml the first thing in the file");
  }
  const std::string_view head = text.substr(0, text.find("<dict"));
  if (head.find("<?xml") == std::string_view::npos) {
    notes.warn("no_declaration", "", "there is no XML declaration",
               "begin with <?xml version=\"1.0\" encoding=\"UTF-8\"?>");
  }
  if (head.find("<!DOCTYPE plist") == std::string_view::npos) {
    notes.warn("no_doctype", "", "there is no DOCTYPE", "add Apple's, for property lists");
  }
}

// Texts that a template left as they were, or escaped twice.
void lint_texts(const PlistValue& value, const std::string& place, LintNotes& notes) {
  if (const std::string* const text = value.string()) {
    for (const std::string_view escape : {"&amp;", "&lt;", "&gt;", "&quot;", "&#"}) {
      if (text->find(escape) != std::string::npos) {
        notes.warn("escaped_twice", place, "it holds " + std::string(escape) + ", as text",
                   "it was escaped twice: write it out with a property list writer");
        break;
      }
    }
    for (const std::string_view mark : {"{{", "${"}) {
      if (text->find(mark) != std::string::npos) {
        notes.warn("placeholder", place, "it holds " + std::string(mark) + ", as templates do",
                   "put the value in its place");
        break;
      }
    }
  } else if (const PlistArray* const array = value.array()) {
    for (const PlistValue& item : *array) {
      lint_texts(item, place, notes);
    }
  } else if (const PlistDictionary* const dictionary = value.dictionary()) {
    for (const auto& [key, item] : dictionary->entries()) {
      // A payload's own texts get its own place.
      if (key != "PayloadContent" || item.array() == nullptr) {
        lint_texts(item, place.empty() ? key : place + ": " + key, notes);
      }
    }
  }
}

// The keys that the profile and every payload have (Apple, "Top Level" and "Common").
void lint_common(const PayloadView& payload) {
  for (const std::string_view key : {"PayloadType", "PayloadIdentifier", "PayloadUUID"}) {
    const std::string* const text = payload.text(key);
    if (!payload.has(key) || (text != nullptr && text->empty())) {
      payload.notes().fault("key_missing", payload.place(key), "it is missing or empty",
                            "every payload has PayloadType, PayloadVersion, PayloadIdentifier and "
                            "PayloadUUID");
    } else if (key == "PayloadUUID" && text != nullptr && !is_uuid(*text)) {
      payload.notes().warn("uuid_form", payload.place(key), "it is no UUID: " + *text,
                           "make one with uuidgen");
    }
  }
  const std::int64_t* const version = payload.integer("PayloadVersion");
  if (!payload.has("PayloadVersion")) {
    payload.notes().fault("key_missing", payload.place("PayloadVersion"), "it is missing",
                          "set it to 1");
  } else if (version != nullptr && *version != 1) {
    payload.notes().warn("payload_version", payload.place("PayloadVersion"),
                         "it is " + std::to_string(*version), "there is version 1 only");
  }
}

void lint_unique(const PlistDictionary& profile, const std::vector<TypedPayload>& all,
                 LintNotes& notes) {
  std::set<std::string> seen;
  const auto text_of = [](const PlistDictionary& keys, std::string_view key) {
    const PlistValue* const value = keys.find(key);
    return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
  };
  for (const std::string_view key : {"PayloadUUID", "PayloadIdentifier"}) {
    seen = {text_of(profile, key)};
    for (const TypedPayload& payload : all) {
      const std::string text = text_of(*payload.keys, key);
      if (!text.empty() && !seen.insert(text).second) {
        notes.fault("not_unique", payload.type + ": " + std::string(key),
                    "another payload has the same: " + text, "give each payload its own");
      }
    }
  }
}

void lint_scope(const PayloadView& top, bool enrolls) {
  const std::string* const scope = top.text("PayloadScope");
  if (scope == nullptr) {
    return;
  }
  if (*scope != "System" && *scope != "User") {
    top.notes().fault("scope_unknown", top.place("PayloadScope"), "there is no scope " + *scope,
                      "write System or User");
  } else if (enrolls && *scope == "User") {
    top.notes().fault("scope_user", top.place("PayloadScope"),
                      "a Mac refuses to be enrolled for one of its users", "write System");
  }
}

void lint_payloads(const std::vector<TypedPayload>& all, Timestamp now, LintNotes& notes) {
  int mdm = 0;
  for (const TypedPayload& payload : all) {
    const PayloadView view(*payload.keys, payload.type.empty() ? "payload" : payload.type, notes);
    lint_common(view);
    lint_texts(*payload.keys, payload.type, notes);
    if (payload.type == mdm_payload_type) {
      ++mdm;
      lint_mdm(view, all);
    } else if (payload.type == scep_payload_type) {
      lint_scep(view);
    } else if (payload.type == "com.apple.security.root" ||
               payload.type == "com.apple.security.pkcs1" ||
               payload.type == "com.apple.security.pem") {
      lint_certificate(view, payload.type, now);
    }
  }
  if (mdm > 1) {
    notes.fault("mdm_twice", std::string(mdm_payload_type), "there is more than one MDM payload",
                "a device has one management: leave one");
  }
}

void lint_tree(const PlistDictionary& profile, Timestamp now, LintNotes& notes) {
  const PayloadView top(profile, "profile", notes);
  const std::string* const type = top.text("PayloadType");
  if (type != nullptr && *type != "Configuration") {
    notes.fault("not_a_profile", top.place("PayloadType"), "it is no Configuration: " + *type,
                "the outermost PayloadType is Configuration");
    return;
  }
  lint_common(top);
  lint_texts(profile, "", notes);
  const PlistArray* const content = top.array("PayloadContent");
  const std::vector<TypedPayload> all = payloads_of(profile);
  if (content == nullptr || content->empty()) {
    notes.fault("no_payloads", top.place("PayloadContent"), "there is nothing in it",
                "PayloadContent is an <array> with a <dict> for each payload");
    return;
  }
  if (all.size() != content->size()) {
    notes.fault("wrong_type", top.place("PayloadContent"), "a payload in it is no <dict>",
                "write each payload as a <dict>");
  }
  lint_unique(profile, all, notes);
  lint_scope(top, std::ranges::any_of(all, [](const TypedPayload& payload) {
               return payload.type == mdm_payload_type;
             }));
  lint_payloads(all, now, notes);
}

}  // namespace

bool has_faults(const std::vector<ProfileRemark>& remarks) {
  return std::ranges::any_of(remarks, [](const ProfileRemark& remark) {
    return remark.level == ProfileRemark::Level::fault;
  });
}

std::vector<ProfileRemark> lint_profile(ByteView profile, Timestamp now) {
  LintNotes notes;
  const auto document = open_profile(profile);
  if (!document) {
    notes.fault(document.error().code == ErrorCode::unauthenticated ? "signature_wrong"
                                                                    : "signature_malformed",
                "", document.error().message,
                document.error().hint.empty() ? "sign it again: 'bramley profile sign'"
                                              : document.error().hint);
    return notes.take();
  }
  const auto tree = parse_plist_dictionary(document->content);
  if (!tree) {
    notes.fault("unreadable", "", tree.error().message,
                "it is no property list as devices read it; in XML, & and < in texts are written "
                "&amp; and &lt;");
    return notes.take();
  }
  lint_prolog(as_text(document->content), notes);
  lint_tree(*tree, now, notes);
  return notes.take();
}

}  // namespace bramley
