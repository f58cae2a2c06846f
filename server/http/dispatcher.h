#pragma once

#include <string>

#include "server/http/auth_proxy_handler.h"
#include "server/http/listener.h"
#include "server/http/mdm_handler.h"
#include "server/http/request_observer.h"
#include "server/http/traffic_dump.h"

namespace bramley {

// One handler a family of paths (http-api.md). Which listener a request came by decides what it may
// reach: with a listener of its own for the APIs, the public one answers devices, enrollment and
// health alone.
class Dispatcher : public HttpHandler {
 public:
  struct Routes {
    std::string mdm_path = "/mdm";
    std::string check_in_path = "/checkin";
    MdmHandler* devices = nullptr;
    HttpHandler* scep = nullptr;             // null: SCEP is off
    HttpHandler* api = nullptr;              // everything else, enrollment and health among it
    bool api_apart = false;                  // the APIs have their own listener, named "api"
    RequestObserver* observer = nullptr;     // null: nobody looks
    AuthProxyHandler* auth_proxy = nullptr;  // null: there is none
    TrafficDump* dump = nullptr;             // null: what devices say is not dumped
  };
  explicit Dispatcher(Routes routes) : routes_(std::move(routes)) {}

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;
  HttpResponse body_too_large(const HttpRequest& head) override;
  void refused_at_the_door(const HttpPeer& peer, int status) override;

 private:
  enum class Family { devices, auth_proxy, scep, api, none };
  [[nodiscard]] Family family_of(const HttpRequest& request) const;
  [[nodiscard]] RequestFacts facts_of(const HttpRequest& request) const;
  HttpResponse answer(const HttpRequest& request, RequestFacts& facts);

  const Routes routes_;
};

}  // namespace bramley
