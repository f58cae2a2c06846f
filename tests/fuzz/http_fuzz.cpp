#include "core/base/encoding.h"
#include "server/http/json.h"
#include "server/http/proxy_certificate_header.h"
#include "server/http/router.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

bramley::Router make_router() {
  bramley::Router router;
  const auto nothing = [](const bramley::RoutedRequest&) { return bramley::HttpResponse(); };
  router.add("GET", "/api/v1/enrollments/{id}/queue", 0, nothing);
  router.add("*", "/v1/enqueue/{ids...}", 0, nothing);
  return router;
}

}  // namespace

// One input as each thing that a request brings besides a property list: a target, a header, a
// body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bramley::Router router = make_router();
  const bramley::ByteView bytes(data, size);
  const std::string_view text = bramley::as_text(bytes);
  const bramley::HttpRequest request{"GET", std::string(text), {}, {}, {}};
  (void)router.find("GET", request.raw_path());
  (void)router.find("PUT", "/v1/enqueue/" + std::string(text));
  (void)request.query("message");
  if (const auto der = bramley::decode_base64_lenient(text)) {
    CHECK(bramley::decode_base64(bramley::encode_base64(*der)).value() == *der);
  }
  if (const auto decoded = bramley::decode_percent(text)) {
    CHECK(bramley::decode_percent(bramley::encode_percent(*decoded)).value() == *decoded);
  }
  (void)bramley::parse_proxy_certificate_header(text);
  (void)bramley::JsonObject::parse(bytes);
  return 0;
}
