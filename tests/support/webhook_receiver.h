#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/net/http_client.h"

namespace bramley {

// A webhook's other side, without a socket: notes what it was told and answers as the test says.
class WebhookReceiver : public HttpClient {
 public:
  // What to answer to an event's id; 0: nobody is there.
  std::function<int(const std::string&)> answer = [](const std::string&) { return 200; };

  Result<HttpResponse> send(const HttpRequest& request) override {
    const auto body = nlohmann::json::parse(request.body.begin(), request.body.end());
    const std::string id = body.at("event_id");
    int status = 0;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      status = answer(id);
      (status == 200 ? taken_ : refused_).push_back(id);
    }
    if (status == 0) {
      return Error{ErrorCode::unavailable, "connection refused"};
    }
    HttpResponse response;
    response.status = status;
    return response;
  }
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>& /*on_body*/) override {
    return send(request);
  }

  // Ids, separated by spaces.
  std::string taken() const { return joined(taken_); }
  std::string refused() const { return joined(refused_); }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::string joined(const std::vector<std::string>& ids) const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& id : ids) {
      text.append(text.empty() ? "" : " ").append(id);
    }
    return text;
  }

  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::vector<std::string> taken_;
  std::vector<std::string> refused_;
};

}  // namespace bramley
