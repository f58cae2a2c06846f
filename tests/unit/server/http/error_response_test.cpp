#include "server/http/error_response.h"

#include <gtest/gtest.h>

#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

TEST(StatusForAdmin, EveryCodeHasItsOwn) {
  EXPECT_EQ(status_for_admin(ErrorCode::malformed), 400);
  EXPECT_EQ(status_for_admin(ErrorCode::unauthenticated), 401);
  EXPECT_EQ(status_for_admin(ErrorCode::forbidden), 403);
  EXPECT_EQ(status_for_admin(ErrorCode::not_found), 404);
  EXPECT_EQ(status_for_admin(ErrorCode::conflict), 409);
  EXPECT_EQ(status_for_admin(ErrorCode::internal), 500);
  EXPECT_EQ(status_for_admin(ErrorCode::unsupported), 501);
  EXPECT_EQ(status_for_admin(ErrorCode::unavailable), 503);
}

TEST(Problem, HasTheMembersOfRfc9457AndOurs) {
  const HttpResponse response =
      problem_response(Error{ErrorCode::conflict, "it \"is\" so", "do that"}, "t1");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
  EXPECT_EQ(to_text(response.body),
            R"({"type":"about:blank","title":"Conflict","status":409,"detail":"it \"is\" so",)"
            R"("code":"conflict","hint":"do that","trace_id":"t1"})"
            "\n");
}

TEST(Problem, HasAHintOnlyWhenThereIsOne) {
  const HttpResponse response = problem_response(Error{ErrorCode::not_found, "gone"}, "t1");
  EXPECT_EQ(to_text(response.body).find("hint"), std::string::npos);
}

TEST(Problem, SaysWhenToTryAgainWhereThatHelps) {
  const auto busy = problem_response(Error{ErrorCode::unavailable, "busy"}, "t1");
  EXPECT_EQ(busy.headers.find("Retry-After"), "5");
  const auto gone = problem_response(Error{ErrorCode::not_found, "gone"}, "t1");
  EXPECT_FALSE(gone.headers.find("Retry-After"));
}

TEST(TraceId, IsTheRequestsWhenItIsAPlainWord) {
  SeededRandom random;
  HttpRequest request;
  request.headers.set("X-Trace-Id", "0123456789abcdef");
  EXPECT_EQ(trace_id_of(request, random), "0123456789abcdef");
}

TEST(TraceId, IsMadeWhenTheRequestsCouldDoHarm) {
  SeededRandom random;
  for (const std::string& given : {std::string(), std::string("a b"), std::string("a\"b"),
                                   std::string("a\nb"), std::string(65, 'a')}) {
    HttpRequest request;
    request.headers.set("X-Trace-Id", given);
    const std::string id = trace_id_of(request, random);
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST(FailureLog, NeverHasThePath) {
  RecordingLog log;
  HttpRequest request;
  request.method = "GET";
  request.target = "/enroll/secret-token";
  log_failure(log, Error{ErrorCode::unavailable, "database is locked"}, request, 503, "t1");
  EXPECT_EQ(log.text().find("secret-token"), std::string::npos);
  EXPECT_EQ(log.lines().at(0).rfind("error request failed", 0), 0U);
  EXPECT_NE(log.text().find("cause=database is locked"), std::string::npos);
}

TEST(FailureLog, ACallersMistakeIsNoErrorOfOurs) {
  RecordingLog log;
  log_failure(log, Error{ErrorCode::malformed, "x"}, {}, 400, "t1");
  log_failure(log, Error{ErrorCode::unsupported, "x"}, {}, 501, "t1");
  EXPECT_EQ(log.lines().at(0).rfind("debug", 0), 0U);
  EXPECT_EQ(log.lines().at(1).rfind("debug", 0), 0U);
}

}  // namespace
}  // namespace bramley
