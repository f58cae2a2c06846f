#pragma once

#include <memory>
#include <string>

#include "cli/simulator/fake_apns.h"
#include "core/base/bytes.h"

namespace bramley {

// One HTTP/2 connection of a provider, without its socket: bytes in, bytes out. Used by one thread.
class ApnsSession {
 public:
  // `topic`: of the certificate that the provider presented.
  ApnsSession(std::string topic, const FakeApnsSurroundings& surroundings);
  ~ApnsSession();
  ApnsSession(const ApnsSession&) = delete;
  ApnsSession& operator=(const ApnsSession&) = delete;

  // False: the connection is over, and what is ready is not to be sent.
  [[nodiscard]] bool receive(ByteView bytes);
  // What to send now; empty: nothing.
  Bytes take_ready();
  // Whether anything is still to come or to be sent.
  [[nodiscard]] bool is_open() const;

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace bramley
