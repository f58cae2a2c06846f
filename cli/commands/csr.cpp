#include "cli/commands/csr.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/vendor.h"
#include "cli/key_files.h"
#include "cli/session.h"

namespace bramley {
namespace {

Json describe(const CertificateRequest& request) {
  const auto email = request.email_address();
  const auto common_name = request.common_name();
  return {{"subject", request.subject()},
          {"common_name", common_name ? Json(*common_name) : Json()},
          {"email", email ? Json(*email) : Json()},
          {"key_type", request.has_rsa_key() ? "RSA" : "other"},
          {"key_bits", request.public_key_bits()},
          {"public_key_sha256", sha256(request.public_key_der()).hex()},
          {"signature_valid", request.verify_signature().has_value()}};
}

CommandResult show_request(Session& session, const std::filesystem::path& file) {
  const auto request = read_request_file(file);
  if (!request) {
    return CommandResult::failed(
        Error(request.error())
            .with_hint("a request that a vendor has signed is for 'bramley csr verify'"));
  }
  session.output().record(describe(*request));
  return ExitCode::done;
}

void add_show(CommandNode& csr) {
  auto file = std::make_shared<std::filesystem::path>();
  CommandNode& show = csr.add("show", "Show a certificate request");
  show.prints_data();
  show.positional({.name = "FILE", .help = "The request, PEM or DER, or - for standard input"},
                  *file);
  show.run([file](Session& session) { return show_request(session, *file); });
}

}  // namespace

void add_csr(CommandNode& root) {
  CommandNode& csr = root.add("csr", "Keys and requests for Apple's certificates");
  add_csr_push(csr);
  add_csr_vendor(csr);
  add_show(csr);
  add_request_verify(csr);
}

}  // namespace bramley
