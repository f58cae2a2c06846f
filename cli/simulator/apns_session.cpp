#include "cli/simulator/apns_session.h"

#include <nghttp2/nghttp2.h>

#include <array>
#include <unordered_map>

#include "core/base/c_handle.h"
#include "core/base/encoding.h"

namespace bramley {
namespace {

using SessionHandle = CHandle<nghttp2_session, nghttp2_session_del>;
using CallbacksHandle = CHandle<nghttp2_session_callbacks, nghttp2_session_callbacks_del>;

constexpr std::uint32_t most_streams = 1000;
constexpr std::size_t headers_limit = 32;
// After this many bytes a round trip to the socket is due.
constexpr std::size_t output_piece = std::size_t{64} * 1024;

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return as_text(ByteView(data, size));
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  // nghttp2 copies both, and has no const in its interface.
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(as_bytes(text).data());
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

class ApnsSession::Session {
 public:
  Session(std::string topic, const FakeApnsSurroundings& surroundings)
      : topic_(std::move(topic)), surroundings_(surroundings) {
    nghttp2_session_callbacks* made = nullptr;
    nghttp2_session_callbacks_new(&made);
    const CallbacksHandle callbacks(made);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new(&session, made, this);
    session_.reset(session);
    const std::array<nghttp2_settings_entry, 1> settings = {
        {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams}}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  }

  bool receive(ByteView bytes) {
    const auto taken = nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size());
    return taken == static_cast<ssize_t>(bytes.size()) && !dropped_;
  }

  Bytes take_ready() {
    Bytes ready;
    while (ready.size() < output_piece) {
      const std::uint8_t* data = nullptr;
      const auto size = nghttp2_session_mem_send(session_.get(), &data);
      if (size <= 0) {
        break;
      }
      ready.insert(ready.end(), data, data + size);
    }
    return ready;
  }

  [[nodiscard]] bool is_open() const {
    return nghttp2_session_want_read(session_.get()) != 0 ||
           nghttp2_session_want_write(session_.get()) != 0;
  }

 private:
  struct Stream {
    PushRequest request;
    std::string answer;  // what of the body is not sent yet
  };

  static Session& self(void* user_data) { return *static_cast<Session*>(user_data); }

  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t /*flags*/, void* user_data) {
    auto& headers = self(user_data).streams_[frame->hd.stream_id].request.headers;
    if (headers.size() < headers_limit) {
      headers.insert_or_assign(std::string(text_of(name, name_size)),
                               std::string(text_of(value, value_size)));
    }
    return 0;
  }

  static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t stream_id,
                     const std::uint8_t* data, std::size_t size, void* user_data) {
    std::string& body = self(user_data).streams_[stream_id].request.body;
    // One byte beyond the limit is enough to see that there were too many.
    body += text_of(
        data, std::min(size, push_body_limit + 1 - std::min(body.size(), push_body_limit + 1)));
    return 0;
  }

  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user_data) {
    const bool ends_request =
        (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    return ends_request ? self(user_data).answer(frame->hd.stream_id) : 0;
  }

  static int on_close(nghttp2_session* /*session*/, std::int32_t stream_id,
                      std::uint32_t /*error_code*/, void* user_data) {
    self(user_data).streams_.erase(stream_id);
    return 0;
  }

  static ssize_t read_answer(nghttp2_session* /*session*/, std::int32_t stream_id,
                             std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                             nghttp2_data_source* /*source*/, void* user_data) {
    std::string& left = self(user_data).streams_[stream_id].answer;
    const std::size_t count = std::min(size, left.size());
    std::copy_n(left.begin(), count, buffer);
    left.erase(0, count);
    if (left.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(count);
  }

  PushAnswer judge(const PushRequest& request) {
    auto read = read_push_request(request, topic_);
    if (auto* refused = std::get_if<PushAnswer>(&read)) {
      return std::move(*refused);
    }
    return surroundings_.mailbox.deliver(std::get<PushNotification>(read));
  }

  int answer(std::int32_t stream_id) {
    const auto start = std::chrono::steady_clock::now();
    const auto fault = surroundings_.faults.next();
    PushAnswer answer;
    if (!fault) {
      answer = judge(streams_[stream_id].request);
    } else if (fault->kind == ApnsFault::Kind::answer) {
      answer = fault_answer(*fault, surroundings_.clock.now());
    } else {
      surroundings_.statistics.record_no_answer("push");
      return misbehave(*fault);
    }
    surroundings_.statistics.record_answer("push", answer.status,
                                           std::chrono::duration_cast<std::chrono::microseconds>(
                                               std::chrono::steady_clock::now() - start));
    return send(stream_id, answer);
  }

  int misbehave(const ApnsFault& fault) {
    if (fault.kind == ApnsFault::Kind::drop) {
      dropped_ = true;
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    if (fault.kind == ApnsFault::Kind::goaway) {
      constexpr std::string_view reason = R"({"reason":"Shutdown"})";
      nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                            nghttp2_session_get_last_proc_stream_id(session_.get()),
                            NGHTTP2_NO_ERROR, as_bytes(reason).data(), reason.size());
    }
    return 0;
  }

  int send(std::int32_t stream_id, const PushAnswer& answer) {
    streams_[stream_id].answer = answer.body();
    const std::string status = std::to_string(answer.status);
    const std::string id = push_id();
    const std::array<nghttp2_nv, 2> headers = {header(":status", status), header("apns-id", id)};
    nghttp2_data_provider body{};
    body.read_callback = read_answer;
    const bool has_body = answer.status != 200;
    nghttp2_submit_response(session_.get(), stream_id, headers.data(), headers.size(),
                            has_body ? &body : nullptr);
    return 0;
  }

  // A UUID in capitals, as Apple's.
  std::string push_id() {
    const std::string hex = encode_hex(random_bytes(surroundings_.random, 16), HexCase::upper);
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
  }

  const std::string topic_;
  const FakeApnsSurroundings surroundings_;
  SessionHandle session_;
  std::unordered_map<std::int32_t, Stream> streams_;
  bool dropped_ = false;
};

ApnsSession::ApnsSession(std::string topic, const FakeApnsSurroundings& surroundings)
    : session_(std::make_unique<Session>(std::move(topic), surroundings)) {}
ApnsSession::~ApnsSession() = default;

bool ApnsSession::receive(ByteView bytes) {
  return session_->receive(bytes);
}
Bytes ApnsSession::take_ready() {
  return session_->take_ready();
}
bool ApnsSession::is_open() const {
  return session_->is_open();
}

}  // namespace bramley
