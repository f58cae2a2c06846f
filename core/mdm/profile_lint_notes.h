#pragma once

// Private to core/mdm: what the parts of profile_lint.h share.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mdm/profile_lint.h"
#include "core/plist/plist_value.h"

namespace bramley {

// Gathers remarks.
class LintNotes {
 public:
  void fault(std::string_view code, std::string place, std::string message, std::string hint) {
    remarks_.push_back(
        {ProfileRemark::Level::fault, code, std::move(place), std::move(message), std::move(hint)});
  }
  void warn(std::string_view code, std::string place, std::string message, std::string hint) {
    remarks_.push_back({ProfileRemark::Level::warning, code, std::move(place), std::move(message),
                        std::move(hint)});
  }
  [[nodiscard]] std::vector<ProfileRemark> take() { return std::move(remarks_); }

 private:
  std::vector<ProfileRemark> remarks_;
};

// One dictionary under the eyes: a key of another type than it must have is a fault, and is then
// taken for absent.
class PayloadView {
 public:
  // All borrowed. `name`: how places in it begin ("com.apple.mdm").
  PayloadView(const PlistDictionary& keys, std::string name, LintNotes& notes)
      : keys_(keys), name_(std::move(name)), notes_(notes) {}

  // Null when the key is absent or of another type.
  [[nodiscard]] const std::string* text(std::string_view key) const;
  [[nodiscard]] const std::int64_t* integer(std::string_view key) const;
  [[nodiscard]] const bool* boolean(std::string_view key) const;
  [[nodiscard]] const Bytes* data(std::string_view key) const;
  [[nodiscard]] const PlistArray* array(std::string_view key) const;
  [[nodiscard]] const PlistDictionary* dictionary(std::string_view key) const;
  // The strings of an array; an element that is none is a fault.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return keys_.find(key) != nullptr; }

  // "com.apple.mdm: Topic"
  [[nodiscard]] std::string place(std::string_view key) const;
  [[nodiscard]] LintNotes& notes() const { return notes_; }

 private:
  void wrong_type(std::string_view key, std::string_view wanted) const;

  const PlistDictionary& keys_;
  std::string name_;
  LintNotes& notes_;
};

// The payloads of a profile that are dictionaries, each with its PayloadType ("" when it has none).
struct TypedPayload {
  std::string type;
  std::string uuid;
  const PlistDictionary* keys;
};
std::vector<TypedPayload> payloads_of(const PlistDictionary& profile);
// The only one of its type; null: none, or several.
const PlistDictionary* only_payload(const std::vector<TypedPayload>& payloads,
                                    std::string_view type);

inline constexpr std::string_view mdm_payload_type = "com.apple.mdm";
inline constexpr std::string_view scep_payload_type = "com.apple.security.scep";

// The payloads whose own keys are judged.
void lint_mdm(const PayloadView& mdm, const std::vector<TypedPayload>& all);
void lint_scep(const PayloadView& scep);
void lint_certificate(const PayloadView& payload, std::string_view type, Timestamp now);

}  // namespace bramley
