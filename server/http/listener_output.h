#pragma once

// Private to the listener.

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/bytes.h"

namespace bramley {

// Bytes on their way out: a line or head of ours, a payload that is not copied if it is large, and
// what closes it.
class PendingOutput {
 public:
  void set(std::string before, Bytes payload, std::string_view after) {
    before_ = std::move(before);
    payload_ = std::move(payload);
    after_ = after;
    // Small payloads go out with their head, in one record and one system call.
    merged_ = std::min(payload_.size(), one_record - std::min(one_record, before_.size()));
    before_.append(as_text(ByteView(payload_).first(merged_)));
    if (merged_ == payload_.size() && before_.size() + after_.size() <= one_record) {
      before_.append(std::exchange(after_, {}));
    }
    sent_ = 0;
  }

  // What to write next; empty when all is written.
  [[nodiscard]] ByteView next() const {
    const std::size_t rest = payload_.size() - merged_;
    if (sent_ < before_.size()) {
      return as_bytes(before_).subspan(sent_);
    }
    if (sent_ < before_.size() + rest) {
      return ByteView(payload_).subspan(merged_ + sent_ - before_.size());
    }
    return as_bytes(after_).subspan(std::min(after_.size(), sent_ - before_.size() - rest));
  }
  void sent(std::size_t size) { sent_ += size; }
  [[nodiscard]] std::size_t sent_so_far() const { return sent_; }
  // Gives the memory back.
  void clear() {
    before_.clear();
    before_.shrink_to_fit();
    payload_ = Bytes();
    after_ = {};
    merged_ = 0;
    sent_ = 0;
  }

 private:
  static constexpr std::size_t one_record = 16U << 10U;

  std::string before_;
  Bytes payload_;
  std::string_view after_;  // static text
  std::size_t merged_ = 0;
  std::size_t sent_ = 0;
};

}  // namespace bramley
