#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/net/http_client.h"

namespace bramley {

// Answers as it is told, and remembers what it was asked.
class FakeHttpClient : public HttpClient {
 public:
  using Answer = std::function<Result<HttpResponse>(const HttpRequest&)>;
  FakeHttpClient(Answer answer, std::vector<HttpRequest>& requests)
      : answer_(std::move(answer)), requests_(requests) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    requests_.push_back(request);
    return answer_(request);
  }
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>& on_body) override {
    auto response = send(request);
    if (response) {
      on_body(response->body);
      response->body.clear();
    }
    return response;
  }

 private:
  Answer answer_;
  std::vector<HttpRequest>& requests_;
};

inline HttpResponse answer(int status, const std::string& type, const std::string& body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = to_bytes(body);
  return response;
}
inline HttpResponse json_answer(const std::string& body) {
  return answer(200, "application/json", body);
}

}  // namespace bramley
