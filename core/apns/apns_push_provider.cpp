#include "core/apns/apns_push_provider.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;

// Of an answer, by a server that is not Apple's.
constexpr std::size_t largest_answer = 16U << 10U;
// After a failure to connect the next attempt waits: 1, 2, 4, … seconds.
constexpr std::chrono::seconds longest_pause{16};

// Nothing but the magic, which is the device's own and may have any character (trap 29).
Bytes payload(const std::string& magic) {
  const nlohmann::json json = {{"mdm", magic}};
  return to_bytes(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Error expired(const std::string& topic, const Certificate& certificate) {
  return {
      ErrorCode::conflict,
      "the push certificate of " + topic + " expired on " + format_rfc3339(certificate.not_after()),
      "renew it at identity.apple.com with the same Apple Account, and import it"};
}

}  // namespace

struct ApnsPushProvider::Line {
  std::string topic;
  Fingerprint certificate;
  std::atomic<std::size_t> unanswered = 0;
  std::atomic<bool> closing = false;

  std::mutex mutex;
  // Since nobody can be reached; all answers are this one until `retry_at`.
  std::optional<PushAnswer> trouble;
  std::chrono::seconds pause{0};
  Timestamp retry_at{};
  Timestamp last_success{};

  // Last: no answer comes once it is gone.
  std::unique_ptr<HttpBatchClient> client;
};

struct ApnsPushProvider::Call {
  // By its address: it owns the client, which holds this until the last answer.
  Line* line;
  HttpBatchClient* client;
  std::vector<PushTarget> targets;
  Group indices;  // what the caller knows them by
  Timestamp started;
  std::shared_ptr<const OnAnswer> on_answer;
};

ApnsPushProvider::ApnsPushProvider(ApnsOptions options, Seams seams, const Clock& clock, Log& log)
    : options_(std::move(options)), seams_(std::move(seams)), clock_(clock), log_(log) {}

ApnsPushProvider::~ApnsPushProvider() {
  // The clients tell what is unanswered as they go, which needs the rest of this.
  for (auto& [topic, line] : lines_) {
    retired_.push_back(line);
  }
  for (auto& line : retired_) {
    line->closing = true;
    line->client.reset();
  }
}

void ApnsPushProvider::start(std::vector<PushTarget> targets, OnAnswer on_answer) {
  const auto answer = std::make_shared<const OnAnswer>(std::move(on_answer));
  std::map<std::string, Group> groups;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    groups[targets[i].topic].push_back(i);
  }
  drop_retired();
  for (auto& [topic, group] : groups) {
    start_group(topic, targets, std::move(group), answer);
  }
}

void ApnsPushProvider::start_group(const std::string& topic, const std::vector<PushTarget>& targets,
                                   Group group, const std::shared_ptr<const OnAnswer>& on_answer) {
  const auto all = [&](const PushAnswer& answer) {
    for (const std::size_t index : group) {
      (*on_answer)(index, answer);
    }
  };
  auto found = line_of(topic);
  if (!found) {
    all({.kind = Kind::certificate, .problem = found.error().message});
    return;
  }
  const std::shared_ptr<Line> line = *std::move(found);
  {
    std::unique_lock lock(line->mutex);
    if (line->trouble && clock_.now() < line->retry_at) {
      const PushAnswer trouble = *line->trouble;
      lock.unlock();
      line->unanswered -= 1;
      all(trouble);
      return;
    }
  }
  line->unanswered += group.size() - 1;  // line_of counted one
  const auto call =
      std::make_shared<Call>(Call{line.get(), line->client.get(), {}, {}, clock_.now(), on_answer});
  Group places;
  for (const std::size_t index : group) {
    places.push_back(places.size());
    call->targets.push_back(targets[index]);
  }
  call->indices = std::move(group);
  send(call, std::move(places), Attempt::first);
}

void ApnsPushProvider::send(const std::shared_ptr<Call>& call, Group places, Attempt attempt) {
  std::vector<HttpRequest> requests;
  requests.reserve(places.size());
  for (const std::size_t place : places) {
    requests.push_back(request_for(call->targets[place]));
  }
  call->client->send_all(std::move(requests), [this, call, places = std::move(places), attempt](
                                                  std::size_t i, const BatchAnswer& answer) {
    take(call, places[i], attempt, answer);
  });
}

void ApnsPushProvider::take(const std::shared_ptr<Call>& call, std::size_t place, Attempt attempt,
                            const BatchAnswer& answer) {
  Line& line = *call->line;
  PushAnswer read = read_push_answer(answer);
  if (read.kind == Kind::connection_lost && attempt == Attempt::first && !line.closing) {
    send(call, {place}, Attempt::second);
    return;
  }
  note(line, call->started, read);
  (*call->on_answer)(call->indices[place], std::move(read));
  line.unanswered -= 1;
}

// Counted as in use, so that nobody retires and drops it meanwhile.
Result<std::shared_ptr<ApnsPushProvider::Line>> ApnsPushProvider::line_of(
    const std::string& topic) {
  TRY_ASSIGN(const Identity identity, seams_.identity_of(topic));
  if (clock_.now() > identity.certificate.not_after()) {
    return expired(topic, identity.certificate);
  }
  const std::lock_guard lock(mutex_);
  auto& line = lines_[topic];
  if (line == nullptr || !(line->certificate == identity.certificate.fingerprint())) {
    auto opened = open_line(topic, identity);
    if (!opened) {
      if (line == nullptr) {
        lines_.erase(topic);
      }
      return std::move(opened).error();
    }
    if (line != nullptr) {
      retired_.push_back(std::move(line));
    }
    line = *std::move(opened);
  }
  line->unanswered += 1;
  return line;
}

Result<std::shared_ptr<ApnsPushProvider::Line>> ApnsPushProvider::open_line(
    const std::string& topic, const Identity& identity) {
  TRY_ASSIGN(SecretBytes key, identity.key.to_pem());
  HttpClientOptions options;
  options.ca_pem = options_.ca_pem;
  options.certificate_pem = identity.certificate.pem();
  options.key_pem = std::make_shared<const SecretBytes>(std::move(key));
  options.connect_timeout = options_.connect_timeout;
  options.total_timeout = options_.answer_timeout;
  options.response_limit = largest_answer;
  options.version = HttpClientOptions::Version::http_2;
  options.proxy = options_.proxy;
  auto line = std::make_shared<Line>();
  line->topic = topic;
  line->certificate = identity.certificate.fingerprint();
  line->client = seams_.make_client(std::move(options));
  log_.info("push connection for a certificate",
            {{"topic", topic},
             {"certificate", line->certificate.hex()},
             {"not_after", format_rfc3339(identity.certificate.not_after())}});
  return line;
}

void ApnsPushProvider::drop_retired() {
  std::vector<std::shared_ptr<Line>> done;
  const std::lock_guard lock(mutex_);
  const auto idle = std::partition(retired_.begin(), retired_.end(),
                                   [](const auto& line) { return line->unanswered > 0; });
  done.assign(std::make_move_iterator(idle), std::make_move_iterator(retired_.end()));
  retired_.erase(idle, retired_.end());
}

HttpRequest ApnsPushProvider::request_for(const PushTarget& target) const {
  const auto expiration = (clock_.now() + options_.keep).time_since_epoch().count();
  HttpRequest request;
  request.method = "POST";
  request.target = options_.url + "/3/device/" + encode_hex(target.token);
  request.headers = {{"Content-Type", "application/json"},
                     {"apns-topic", target.topic},
                     {"apns-push-type", "mdm"},
                     {"apns-priority", "10"},
                     {"apns-expiration", std::to_string(expiration)}};
  request.body = payload(target.push_magic);
  return request;
}

// What an answer says of the connection: nobody tries again at once where nothing gets through, and
// one line in the log says when that begins and ends.
void ApnsPushProvider::note(Line& line, Timestamp sent_at, const PushAnswer& answer) {
  const bool is_refused = answer.kind == Kind::no_connection || answer.kind == Kind::certificate;
  const bool is_silent = answer.kind == Kind::late || answer.kind == Kind::connection_lost;
  const std::lock_guard lock(line.mutex);
  if (is_silent && line.last_success >= sent_at) {
    return;  // of one notification, and not of the connection
  }
  if (!is_refused && !is_silent) {
    line.last_success = clock_.now();
    if (line.trouble) {
      log_.info("Apple's push service is reached again", {{"topic", line.topic}});
    }
    line.trouble.reset();
    line.pause = std::chrono::seconds(0);
    return;
  }
  const Timestamp now = clock_.now();
  if (!line.trouble || line.trouble->problem != answer.problem) {
    log_.error("pushes do not get through",
               {{"topic", line.topic}, {"cause", answer.problem}, {"url", options_.url}});
  }
  if (!line.trouble || now >= line.retry_at) {
    line.pause = std::clamp(line.pause * 2, std::chrono::seconds(1), longest_pause);
    line.retry_at = now + line.pause;
  }
  line.trouble = answer;
}

}  // namespace bramley
