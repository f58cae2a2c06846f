#include <memory>
#include <nlohmann/json.hpp>

#include "cli/authority_files.h"
#include "cli/commands/vendor.h"
#include "cli/input.h"
#include "cli/key_files.h"
#include "cli/push_request_report.h"
#include "cli/session.h"

namespace bramley {
namespace {

constexpr std::size_t file_limit = 1U << 20U;

struct VerifyOptions {
  std::string file;
  std::filesystem::path root;
  std::filesystem::path request;
};

Result<Inspection> inspect(Session& session, const VerifyOptions& options) {
  InspectionTerms terms{session.clock().now(), std::nullopt, std::nullopt};
  if (!options.root.empty()) {
    TRY_ASSIGN(terms.root, read_certificate_file(options.root));
  }
  if (!options.request.empty()) {
    TRY_ASSIGN(const CertificateRequest expected, read_request_file(options.request));
    terms.expected_request = expected.der();
  }
  TRY_ASSIGN(const Bytes content, read_input(options.file, file_limit));
  return inspect_push_request(content, terms);
}

CommandResult verify(Session& session, const VerifyOptions& options) {
  const auto inspection = inspect(session, options);
  if (!inspection) {
    return CommandResult::failed(Error(inspection.error()));
  }
  if (session.output().format() == OutputFormat::table) {
    session.output().text(inspection_text(*inspection));
  } else {
    Json description = {{"file", options.file}};
    description.update(describe_inspection(*inspection));
    session.output().record(description);
  }
  if (inspection->has_faults()) {
    return {ExitCode::faults_found, faults_error(*inspection, options.file)};
  }
  return ExitCode::done;
}

}  // namespace

void add_request_verify(CommandNode& noun) {
  auto options = std::make_shared<VerifyOptions>();
  CommandNode& node = noun.add("verify", "Check a signed push certificate request (.req)");
  node.describe(
      "Reads what is to be uploaded at identity.apple.com, in any dress, and says fault by fault "
      "what is wrong with it and what the portal has been seen to answer to such a request. Exit "
      "code 5 when there is a fault; warnings do not count.");
  node.prints_data();
  node.positional({.name = "FILE", .help = "The request, or - for standard input"}, options->file);
  node.flag(
      {.name = "root", .value = "FILE", .help = "Take this root in place of Apple's, for tests"},
      options->root);
  node.flag(
      {.name = "csr", .value = "FILE", .help = "Check too that it is this request that was signed"},
      options->request);
  node.example("bramley " + noun.name() + " verify push.req --csr push.csr", "Before the upload.");
  node.run([options](Session& session) { return verify(session, *options); });
}

}  // namespace bramley
