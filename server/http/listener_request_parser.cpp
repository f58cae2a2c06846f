#include "server/http/listener_request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace bramley {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

std::string_view view(BeastText text) {
  return {text.data(), text.size()};
}

// RFC 9112 §5.2: a line that begins with white space goes on with the field before it. Parsers
// disagree about those, so a proxy before us may have read something else.
bool has_folded_line(ByteView head) {
  const std::string_view text = as_text(head);
  for (std::size_t at = text.find('\n'); at != std::string_view::npos && at + 1 < text.size();
       at = text.find('\n', at + 1)) {
    if (text[at + 1] == ' ' || text[at + 1] == '\t') {
      return true;
    }
  }
  return false;
}

// RFC 9112 §3.2: a path, a whole URL, or "*" with OPTIONS. CONNECT has another form: not ours.
bool is_target(std::string_view method, std::string_view target) {
  return target.starts_with('/') || target.starts_with("http://") ||
         target.starts_with("https://") || (target == "*" && method == "OPTIONS");
}

}  // namespace

class RequestParser::Machine : public http::basic_parser<true> {
 public:
  explicit Machine(std::size_t limit) : head_limit_(limit) {
    body_limit(boost::none);  // ours is asked for when the head is known
    header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limit, std::numeric_limits<std::uint32_t>::max())));
    eager(false);
  }

  Outcome take(ByteView input);

  void refuse(int status, std::string_view reason, error_code& ec) {
    refuse(status, reason);
    ec = http::error::bad_value;  // any will do: it stops Beast
  }
  void refuse(int status, std::string_view reason) {
    refusal_ = status;
    reason_ = reason;
  }

  const std::size_t head_limit_;
  HttpRequest request_;
  int refusal_ = 0;
  std::string_view reason_;
  std::uint64_t body_allowed_ = 0;
  bool http_1_0_ = false;
  bool expects_continue_ = false;

 private:
  Outcome take_head(ByteView input);
  Outcome take_body(ByteView input);
  Outcome judge(const error_code& ec, std::size_t consumed);
  void note_field(http::field field, std::string_view value, error_code& ec);

  void on_request_impl(http::verb, BeastText method, BeastText target, int version,
                       error_code& ec) override;
  void on_response_impl(int, BeastText, int, error_code&) override {}
  void on_field_impl(http::field field, BeastText name, BeastText value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
  std::size_t on_body_impl(BeastText body, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, BeastText, error_code& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText body, error_code& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t head_size_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
};

RequestParser::Outcome RequestParser::Machine::take(ByteView input) {
  if (refusal_ != 0) {
    return {Progress::refused, 0};
  }
  return is_header_done() ? take_body(input) : take_head(input);
}

RequestParser::Outcome RequestParser::Machine::take_head(ByteView input) {
  error_code ec;
  const std::size_t consumed = put({input.data(), input.size()}, ec);
  head_size_ += consumed;
  const std::size_t pending = is_header_done() ? 0 : input.size() - consumed;
  if (refusal_ == 0 && head_size_ + pending > head_limit_) {
    refuse(431, "head larger than the limit");
  }
  if (refusal_ == 0 && has_folded_line(input.subspan(0, consumed))) {
    refuse(400, "folded header field");
  }
  if (refusal_ == 0 && !ec && is_header_done()) {
    return {Progress::head, consumed};
  }
  return judge(ec, consumed);
}

RequestParser::Outcome RequestParser::Machine::take_body(ByteView input) {
  error_code ec;
  std::size_t consumed = 0;
  if (!is_done()) {
    eager(true);
    consumed = put({input.data(), input.size()}, ec);
  }
  // What Beast leaves is a line of the chunks or a trailer that has not ended: those have no bound
  // of their own.
  if (refusal_ == 0 && !is_done() && input.size() - consumed > head_limit_) {
    refuse(431, "trailer or chunk line larger than the limit");
  }
  return judge(ec, consumed);
}

RequestParser::Outcome RequestParser::Machine::judge(const error_code& ec, std::size_t consumed) {
  if (refusal_ == 0 && ec && ec != http::error::need_more) {
    if (ec == http::error::header_limit) {
      refuse(431, "head larger than the limit");
    } else {
      refuse(400, "not HTTP/1.1");
    }
  }
  if (refusal_ != 0) {
    return {Progress::refused, consumed};
  }
  return {is_header_done() && is_done() ? Progress::complete : Progress::more, consumed};
}

void RequestParser::Machine::on_request_impl(http::verb, BeastText method, BeastText target,
                                             int version, error_code& ec) {
  request_.method = view(method);
  request_.target = view(target);
  http_1_0_ = version < 11;
  if (!is_target(view(method), view(target))) {
    refuse(400, "not a request target", ec);
  }
}

void RequestParser::Machine::on_field_impl(http::field field, BeastText name, BeastText value,
                                           error_code& ec) {
  // Fields of a trailer come here too. They are dropped: what was decided on the head must hold.
  if (is_header_done()) {
    return;
  }
  note_field(field, view(value), ec);
  if (!equal_ignoring_case(view(name), "X-Trace-Id")) {
    request_.headers.add(std::string(view(name)), std::string(view(value)));
  }
}

// What frames the message has to be said once, and in a way that everybody understands alike.
void RequestParser::Machine::note_field(http::field field, std::string_view value, error_code& ec) {
  switch (field) {
    case http::field::host:
      if (++hosts_ > 1) {
        refuse(400, "more than one Host", ec);
      }
      return;
    case http::field::content_length:
      if (++lengths_ > 1 || value.find(',') != std::string_view::npos) {
        refuse(400, "more than one Content-Length", ec);
      }
      return;
    case http::field::transfer_encoding:
      if (http_1_0_) {
        refuse(400, "Transfer-Encoding in HTTP/1.0", ec);  // RFC 9112 §6.1
      } else if (!equal_ignoring_case(value, "chunked")) {
        refuse(501, "unknown transfer coding", ec);
      }
      return;
    case http::field::expect:
      if (equal_ignoring_case(value, "100-continue")) {
        expects_continue_ = !http_1_0_;
      } else {
        refuse(417, "unknown expectation", ec);
      }
      return;
    default:
      return;
  }
}

void RequestParser::Machine::on_header_impl(error_code& ec) {
  if (hosts_ == 0 && !http_1_0_) {
    refuse(400, "no Host", ec);  // RFC 9112 §3.2
  }
}

void RequestParser::Machine::on_body_init_impl(const boost::optional<std::uint64_t>& length,
                                               error_code&) {
  if (length) {
    // Accepted by limit_body(). Memory that is never written to costs nothing.
    request_.body.reserve(static_cast<std::size_t>(*length));
  }
}

std::size_t RequestParser::Machine::on_body_impl(BeastText body, error_code& ec) {
  if (body.size() > body_allowed_ - request_.body.size()) {
    refuse(413, "body larger than the limit", ec);
    return 0;
  }
  request_.body.insert(request_.body.end(), body.begin(), body.end());
  return body.size();
}

void RequestParser::Machine::on_chunk_header_impl(std::uint64_t size, BeastText, error_code& ec) {
  if (size > body_allowed_ - request_.body.size()) {
    refuse(413, "body larger than the limit", ec);
  }
}

RequestParser::RequestParser(std::size_t head_limit)
    : machine_(std::make_unique<Machine>(head_limit)) {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

RequestParser::Outcome RequestParser::take(ByteView input) {
  return machine_->take(input);
}

bool RequestParser::limit_body(std::uint64_t limit) {
  machine_->body_allowed_ = limit;
  if (announced_body() > limit) {
    machine_->refuse(413, "body larger than the limit");
    return false;
  }
  return true;
}

int RequestParser::refusal() const {
  return machine_->refusal_;
}

std::string_view RequestParser::reason() const {
  return machine_->reason_;
}

HttpRequest& RequestParser::request() {
  return machine_->request_;
}

bool RequestParser::has_body() const {
  return !machine_->is_done();
}

std::uint64_t RequestParser::announced_body() const {
  return machine_->content_length().value_or(0);
}

bool RequestParser::is_http_1_0() const {
  return machine_->http_1_0_;
}

bool RequestParser::keep_alive() const {
  return machine_->keep_alive();
}

bool RequestParser::expects_continue() const {
  return machine_->expects_continue_;
}

}  // namespace bramley
