#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/authority_files.h"
#include "cli/commands/mdmcert.h"
#include "cli/input.h"
#include "cli/mdmcert_files.h"
#include "cli/session.h"
#include "core/base/version.h"
#include "vendor-tool/signing_protocol.h"

namespace bramley {
namespace {

constexpr std::size_t answer_limit = 64U << 10U;
constexpr std::size_t ca_file_limit = 4U << 20U;
constexpr int http_ok = 200;

struct RequestOptions {
  RequestSubject subject{{}, {}, {}, "mdm-push"};
  SecretReference api_key;
  SecretReference passphrase;
  std::string endpoint{mdmcert_endpoint};
  std::filesystem::path directory;
  bool dry_run = false;
};

// The API key goes along: never in clear but on this machine.
Status check_endpoint(std::string_view url) {
  constexpr std::string_view plain = "http://";
  if (url.find_first_of("?#@ ") != std::string_view::npos) {
    return Error{ErrorCode::malformed, "--endpoint may have no user name, query or fragment"};
  }
  if (url.starts_with("https://")) {
    return {};
  }
  if (!url.starts_with(plain)) {
    return Error{ErrorCode::malformed, "--endpoint must begin with https://"};
  }
  const std::string_view rest = url.substr(plain.size());
  const std::string_view host = rest.substr(0, std::min(rest.find('/'), rest.size()));
  for (const std::string_view local : {"127.0.0.1", "localhost", "[::1]"}) {
    if (host == local || host.starts_with(std::string(local) + ":")) {
      return {};
    }
  }
  return Error{ErrorCode::malformed, "--endpoint: http:// would show the API key to the network",
               "give https://"};
}

Result<SecretBytes> api_key(Session& session, const RequestOptions& options) {
  auto key = session.secret(options.api_key, "--api-key", "API key of the signing service");
  if (!key) {
    Error error = std::move(key).error();
    if (!options.api_key.is_given()) {
      error.hint =
          "each project has a key of its own: ask https://mdmcert.download for one (it is free), "
          "and give it as --api-key @FILE or in BRAMLEY_MDMCERT_API_KEY";
    }
    return error;
  }
  const bool clean =
      std::ranges::all_of(key->reveal_text(), [](char c) { return c > ' ' && c < '\x7F'; });
  if (!clean) {
    return Error{ErrorCode::malformed, "--api-key: a key has letters, digits and signs only"};
  }
  return key;
}

Result<std::unique_ptr<HttpClient>> make_client(Session& session, const RequestOptions& options) {
  HttpClientOptions http;
  http.user_agent = "bramley/" + std::string(program_version);
  http.response_limit = answer_limit;
  http.total_timeout = session.flags().timeout;
  http.connect_timeout = std::min(http.connect_timeout, http.total_timeout);
  // The CA of one's own server says nothing about mdmcert.download.
  if (options.endpoint != mdmcert_endpoint && !session.flags().ca_file.empty()) {
    TRY_ASSIGN(const Bytes pem, read_input_file(session.flags().ca_file, ca_file_limit));
    http.ca_pem = to_text(pem);
  }
  return session.surroundings().make_http(std::move(http));
}

// An answer of another status may still say why.
Error status_error(const HttpResponse& response) {
  std::string message = "HTTP " + std::to_string(response.status);
  const Status answer = read_signing_answer(response.body);
  if (!answer && answer.error().code == ErrorCode::forbidden) {
    message += ": " + answer.error().message;
  }
  return {ErrorCode::unavailable, std::move(message)};
}

Status post(HttpClient& http, const RequestOptions& options, const SigningRequest& content) {
  HttpRequest request;
  request.method = "POST";
  request.target = options.endpoint;
  request.headers.add("Content-Type", "application/json");
  request.body = write_signing_request(content);
  TRY_ASSIGN(const HttpResponse response, http.send(request));
  return response.status == http_ok ? read_signing_answer(response.body)
                                    : Status(status_error(response));
}

// A service may repeat what it was sent, and error texts are passed on to others.
std::string without_key(std::string text, std::string_view key) {
  constexpr std::string_view placeholder = "(the API key)";
  for (std::size_t at = text.find(key); at != std::string::npos;
       at = text.find(key, at + placeholder.size())) {
    text.replace(at, key.size(), placeholder);
  }
  return text;
}

Error with_way_out(Error error, const RequestOptions& options) {
  const std::string again =
      "the keys in " + options.directory.string() + " are kept: run the same command again";
  if (error.code == ErrorCode::forbidden) {
    error.hint = (options.endpoint == mdmcert_endpoint
                      ? "has the address been registered at https://mdmcert.download/registration, "
                        "and is the API key yours? "
                      : "is the address known to the service, and the API key right? ") +
                 again;
  } else {
    error.hint = error.hint.empty() ? again : error.hint + "; " + again;
  }
  return std::move(error).while_doing("ask " + options.endpoint);
}

// The keys first, all of them on disk: what is asked for once can be decrypted.
CommandResult ask(Session& session, const RequestOptions& options, SecretBytes key) {
  const MdmcertFiles files(options.directory);
  auto keys = prepare_mdmcert_files(session, files, options.subject, options.passphrase);
  if (!keys) {
    return CommandResult::failed(std::move(keys).error());
  }
  auto http = make_client(session, options);
  if (!http) {
    return CommandResult::usage(std::move(http).error());
  }
  const SigningRequest request{keys->request.pem(), options.subject.email, std::move(key),
                               keys->encryption_certificate.pem()};
  if (auto sent = post(**http, options, request); !sent) {
    Error error = with_way_out(std::move(sent).error(), options);
    error.message = without_key(std::move(error.message), request.key.reveal_text());
    // A refusal by the service is no refusal of a server of ours; TLS trouble keeps its code.
    return error.code == ErrorCode::forbidden ? CommandResult::failed(std::move(error))
                                              : CommandResult(std::move(error));
  }
  session.output().record(Json{{"result", "success"},
                               {"endpoint", options.endpoint},
                               {"email", options.subject.email},
                               {"push_key", files.push_key.string()},
                               {"csr", files.push_request.string()}});
  session.note("the service answers by e-mail to " + options.subject.email +
               "; save its attachment, then: bramley mdmcert decrypt FILE --dir " +
               options.directory.string() + " --out push.req");
  return ExitCode::done;
}

CommandResult request(Session& session, const RequestOptions& options) {
  if (auto fine = check_endpoint(options.endpoint); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  if (auto terms = request_terms(options.subject); !terms) {
    return CommandResult::usage(std::move(terms).error());
  }
  auto key = api_key(session, options);
  if (!key) {
    return CommandResult::usage(std::move(key).error());
  }
  if (options.dry_run) {
    return would_change(session, "ask " + options.endpoint + " to sign the request in " +
                                     options.directory.string() +
                                     ", and make the keys that are missing there");
  }
  return ask(session, options, *std::move(key));
}

void add_flags(CommandNode& node, RequestOptions& options) {
  node.flag({.name = "email",
             .value = "MAIL",
             .help = "Your address, as it is registered with the service",
             .need = FlagSpec::Need::required},
            options.subject.email);
  node.flag({.name = "api-key",
             .value = "REF",
             .help = "Your own API key for the service",
             .variable = "BRAMLEY_MDMCERT_API_KEY"},
            options.api_key);
  node.flag({.name = "dir",
             .value = "DIR",
             .help = "Where the keys and the request are, or will be (mode 0700)",
             .need = FlagSpec::Need::required},
            options.directory);
  node.flag({.name = "passphrase",
             .value = "REF",
             .help = "Of the push key in that folder, when it is encrypted",
             .variable = "BRAMLEY_MDMCERT_REQUEST_PASSPHRASE"},
            options.passphrase);
  node.flag({.name = "endpoint", .value = "URL", .help = "The service to ask"}, options.endpoint);
  node.flag({.name = "organization", .value = "NAME", .help = "O of the request's subject"},
            options.subject.organization);
  node.flag({.name = "country", .value = "CC", .help = "C of the request's subject"},
            options.subject.country);
  node.flag({.name = "common-name", .value = "NAME", .help = "CN of the request's subject"},
            options.subject.common_name);
  node.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            options.dry_run);
}

}  // namespace

void add_mdmcert_request(CommandNode& mdmcert) {
  auto options = std::make_shared<RequestOptions>();
  CommandNode& node = mdmcert.add("request", "Ask the service for a signature");
  node.describe(
      "Makes in the folder a push key with its request, and a key that the answer is encrypted "
      "for; then asks. The answer comes by e-mail. When asking fails, the same command uses the "
      "same keys again.\n\n"
      "mdmcert.download wants the e-mail address of an organization, registered at "
      "https://mdmcert.download/registration, and an API key for the project that asks. --ca-file "
      "holds for another --endpoint only.");
  node.prints_data();
  add_flags(node, *options);
  node.example("bramley mdmcert request --email mdm@example.com --api-key @api-key --dir push",
               "The keys go to the folder push.");
  node.run([options](Session& session) { return request(session, *options); });
}

}  // namespace bramley
