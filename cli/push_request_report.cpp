#include "cli/push_request_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"

namespace bramley {
namespace {

std::string_view level_word(Finding::Level level) {
  return level == Finding::Level::fault ? "fault" : "warning";
}

Json digest_word(const std::optional<DigestAlgorithm>& digest) {
  if (!digest) {
    return nullptr;
  }
  switch (*digest) {
    case DigestAlgorithm::sha1:
      return "sha1";
    case DigestAlgorithm::sha256:
      return "sha256";
    case DigestAlgorithm::sha384:
      return "sha384";
    case DigestAlgorithm::sha512:
      return "sha512";
    case DigestAlgorithm::other:
      break;
  }
  return nullptr;
}

Json describe_certificate(const Certificate& certificate) {
  return {{"subject", certificate.subject()},
          {"issuer", certificate.issuer()},
          {"sha256", certificate.fingerprint().hex()},
          {"not_before", format_rfc3339(certificate.not_before())},
          {"not_after", format_rfc3339(certificate.not_after())}};
}

std::string line(std::string_view name, std::string_view text) {
  return pad_to_width(std::string(name), 10) + escape_for_terminal(text) + "\n";
}

}  // namespace

Json describe_inspection(const Inspection& inspection) {
  Json description = {{"ok", !inspection.has_faults()}};
  description["csr"] =
      inspection.request
          ? Json{{"subject", inspection.request->subject()},
                 {"key_bits", inspection.request->public_key_bits()},
                 {"public_key_sha256", sha256(inspection.request->public_key_der()).hex()}}
          : Json();
  description["vendor"] =
      inspection.chain.empty() ? Json() : describe_certificate(inspection.chain.front());
  description["chain"] = Json::array();
  for (const Certificate& certificate : inspection.chain) {
    description["chain"].push_back(describe_certificate(certificate));
  }
  description["digest"] = digest_word(inspection.digest);
  description["findings"] = Json::array();
  for (const Finding& finding : inspection.findings) {
    const std::string_view portal = portal_text(finding.portal);
    description["findings"].push_back({{"level", level_word(finding.level)},
                                       {"code", finding.code},
                                       {"message", finding.message},
                                       {"hint", finding.hint},
                                       {"portal_answer", portal.empty() ? Json() : Json(portal)}});
  }
  return description;
}

std::string inspection_text(const Inspection& inspection) {
  std::string text;
  if (inspection.request) {
    text += line("CSR", inspection.request->subject());
  }
  if (!inspection.chain.empty()) {
    const Certificate& vendor = inspection.chain.front();
    text += line("Vendor", vendor.subject());
    text += line("Expires", format_rfc3339(vendor.not_after()));
  }
  for (const Finding& finding : inspection.findings) {
    text += line(level_word(finding.level), finding.message);
    if (const std::string_view portal = portal_text(finding.portal); !portal.empty()) {
      text += line("", "portal: " + std::string(portal));
    }
    if (!finding.hint.empty()) {
      text += line("", "way out: " + finding.hint);
    }
  }
  if (!inspection.has_faults()) {
    text += line("ok", "the portal should take it");
  }
  return text;
}

Error faults_error(const Inspection& inspection, std::string_view file) {
  const auto is_fault = [](const Finding& finding) {
    return finding.level == Finding::Level::fault;
  };
  const auto count = std::ranges::count_if(inspection.findings, is_fault);
  const auto first = std::ranges::find_if(inspection.findings, is_fault);
  std::string what = std::string(file) + ": " + first->message;
  if (count > 1) {
    what += ", and " + std::to_string(count - 1) + (count == 2 ? " more fault" : " more faults");
  }
  return {ErrorCode::malformed, std::move(what), first->hint};
}

}  // namespace bramley
