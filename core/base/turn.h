#pragma once

#include <cstddef>
#include <semaphore>

namespace bramley {

// One of so many at once, or none: nobody waits. Given back at its end.
template <std::ptrdiff_t most>
class Turn {
 public:
  explicit Turn(std::counting_semaphore<most>& free) : free_(free), is_mine_(free.try_acquire()) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (is_mine_) {
      free_.release();
    }
  }
  [[nodiscard]] bool is_mine() const { return is_mine_; }

 private:
  std::counting_semaphore<most>& free_;
  const bool is_mine_;
};

}  // namespace bramley
