#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace bramley {

// Reads Server-Sent Events as they come (WHATWG HTML §9.2), as far as our server writes them:
// fields `id`, `event` and `data`, comments, an empty line at the end of each.
class EventLines {
 public:
  struct Message {
    std::string id;
    std::string name;  // "message" when none was given
    std::string data;
  };
  // False: enough. More follows otherwise. A message without data is a place to resume from, and
  // has an id.
  using OnMessage = std::function<bool(const Message&)>;

  // False: `on_message` said so, or a message has more than 8 MiB, which ours never have.
  bool take(ByteView bytes, const OnMessage& on_message);
  // A connection ended: what was begun will not be finished.
  void forget();

 private:
  bool line(std::string_view text, const OnMessage& on_message);

  std::string rest_;
  Message message_;
};

}  // namespace bramley
