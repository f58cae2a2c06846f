#pragma once

// Private to the listener.

#include <functional>
#include <string>
#include <thread>

namespace bramley {

// A thread that no signal reaches: those are for the thread that waits for them. `name` is what the
// system shows, 15 characters at most. Throws std::system_error when the system gives no thread.
std::thread start_thread(const std::string& name, std::function<void()> body);

}  // namespace bramley
