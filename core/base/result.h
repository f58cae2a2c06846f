#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace bramley {

// What kind of failure it was. Doors map these exhaustively (no `default` arm) to HTTP statuses,
// SCEP failInfo values and exit codes, so a new code does not compile until every door has decided.
enum class ErrorCode {
  malformed,        // the input cannot be understood
  unauthenticated,  // nobody, or not who they say
  forbidden,        // known, but not allowed
  not_found,
  conflict,     // contradicts what is already recorded
  unsupported,  // understood, but not something we do
  unavailable,  // storage or a peer cannot be reached now; trying again may help
  internal,     // a bug or a broken machine
};

// The code's name in snake_case, as the APIs and `-o json` print it.
std::string_view error_code_name(ErrorCode code);

// `message` is for logs and operators: WHAT WAS BEING DONE: CAUSE. It never goes to a device.
// `hint` says the way out when there is one (printed as `bramley: hint: …`); else it is empty.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string hint = {};

  // Puts "activity: " before the message.
  [[nodiscard]] Error while_doing(std::string_view activity) &&;
  [[nodiscard]] Error with_hint(std::string text) &&;
};

// A value or the Error that kept it from being. Names as in std::expected.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] const T& value() const& {
    assert(has_value());
    return *std::get_if<0>(&content_);
  }
  [[nodiscard]] T& value() & {
    assert(has_value());
    return *std::get_if<0>(&content_);
  }
  [[nodiscard]] T&& value() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&content_));
  }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] T* operator->() { return &value(); }

  [[nodiscard]] const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&content_);
  }
  [[nodiscard]] Error&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&content_));
  }

 private:
  std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  [[nodiscard]] bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  void value() const { assert(has_value()); }

  [[nodiscard]] const Error& error() const& {
    assert(failed_);
    return error_;
  }
  [[nodiscard]] Error&& error() && {
    assert(failed_);
    return std::move(error_);
  }

 private:
  Error error_;
  bool failed_ = false;
};

using Status = Result<void>;

}  // namespace bramley
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration in parentheses would be none.
#define BRAMLEY_CONCAT_INNER(a, b) a##b
#define BRAMLEY_CONCAT(a, b) BRAMLEY_CONCAT_INNER(a, b)
#define BRAMLEY_TRY_ASSIGN(temporary, declaration, expression)     \
  auto temporary = (expression);                                   \
  if (!temporary.has_value()) return std::move(temporary).error(); \
  declaration = std::move(temporary).value()

// TRY(expression): returns the Error from this function if the Status is one.
#define TRY(expression)                                                    \
  do {                                                                     \
    if (auto bramley_status = (expression); !bramley_status.has_value()) { \
      return std::move(bramley_status).error();                            \
    }                                                                      \
  } while (false)

// TRY_ASSIGN(const auto value, expression): declares `value`, or returns the Error.
#define TRY_ASSIGN(declaration, ...) \
  BRAMLEY_TRY_ASSIGN(BRAMLEY_CONCAT(bramley_result_, __LINE__), declaration, (__VA_ARGS__))
// NOLINTEND(bugprone-macro-parentheses)
