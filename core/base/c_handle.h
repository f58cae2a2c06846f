#pragma once

#include <memory>

namespace bramley {

// Owns an object of a C library: CHandle<EVP_PKEY, EVP_PKEY_free>. Costs no more than the pointer.
// The function is a template argument and never a lambda: a lambda in a header is another type per
// file.
template <auto free_function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};

template <class T, auto free_function>
using CHandle = std::unique_ptr<T, FreeWith<free_function>>;

}  // namespace bramley
