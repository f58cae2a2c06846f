#include "server/http/listener_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bramley {
namespace {

using testing::HasSubstr;
using testing::Not;

AnswerTerms terms() {
  AnswerTerms terms;
  terms.trace_id = "trace";
  terms.now = parse_rfc3339("1994-11-06T08:49:37Z").value();
  return terms;
}

// RFC 9110 §6.6.1: a server with a clock says when it answered, in every answer to a request.
TEST(ListenerResponse, EveryHeadHasADate) {
  for (const int status : {200, 204, 304, 400, 404, 500, 503}) {
    HttpResponse response;
    response.status = status;
    EXPECT_THAT(response_head(response, terms()).text,
                HasSubstr("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  }
}

TEST(ListenerResponse, TheHandlersOwnDateStays) {
  HttpResponse response;
  response.headers = {{"date", "Mon, 07 Nov 1994 08:49:37 GMT"}};
  const std::string head = response_head(response, terms()).text;
  EXPECT_THAT(head, HasSubstr("\r\ndate: Mon, 07 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("\r\nDate: ")));
}

TEST(ListenerResponse, OnlyAnAnswerToHeadMayTellALengthOfItsOwn) {
  HttpResponse response;
  response.headers = {{"Content-Length", "4711"}};
  AnswerTerms head = terms();
  head.head_request = true;
  const std::string told = response_head(response, head).text;
  EXPECT_THAT(told, HasSubstr("\r\nContent-Length: 4711\r\n"));
  EXPECT_THAT(told, Not(HasSubstr("Content-Length: 0")));
  EXPECT_THAT(response_head(response, terms()).text, HasSubstr("\r\nContent-Length: 0\r\n"));
  for (const char* junk : {"", "x", "-1", "1 2", "99999999999999999999999999"}) {
    response.headers.set("Content-Length", junk);
    EXPECT_THAT(response_head(response, head).text, HasSubstr("\r\nContent-Length: 0\r\n"));
  }
}

}  // namespace
}  // namespace bramley
