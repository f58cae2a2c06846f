#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// What differs between the engines. Statements and migrations are written once, with words in
// braces that the dialect replaces:
//   {key}         type of a table's own number, assigned on insert, as PRIMARY KEY
//   {number}      a 64-bit integer         {name}   text short enough to be indexed, compared
//   bytewise {text}        text of any length       {bytes}  binary of any length {clustered} after
//   a table's closing parenthesis: its rows live in the primary key {binary:x}    the parameter :x,
//   bound as std::string, taken as binary
// Private to the folder, like all that shows SOCI.
class SqlDialect {
 public:
  virtual ~SqlDialect() = default;
  // Never for text from outside: this is for our own statements.
  [[nodiscard]] std::string translate(std::string_view portable) const;
  // unavailable when trying again may help or an operator must act, internal for a bug of ours.
  // Parameter values, which SOCI puts into its texts, stay out of the message.
  [[nodiscard]] virtual Error error_of(const soci::soci_error& error) const = 0;

 protected:
  [[nodiscard]] virtual std::string replacement(std::string_view word) const = 0;
};

}  // namespace bramley
