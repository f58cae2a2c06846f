#include "cli/profile_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"
#include "core/crypto/certificate_chain.h"

namespace bramley {
namespace {

using Level = ProfileRemark::Level;

std::string_view level_word(Level level) {
  return level == Level::fault ? "fault" : "warning";
}

Json digest_word(DigestAlgorithm digest) {
  switch (digest) {
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

std::string line(std::string_view name, std::string_view text) {
  constexpr std::size_t column = 10;
  return pad_to_width(std::string(name), column) + escape_for_terminal(text) + "\n";
}

std::string sentence(const ProfileRemark& remark) {
  return remark.place.empty() ? remark.message : remark.place + ": " + remark.message;
}

}  // namespace

bool passes(const std::vector<ProfileRemark>& remarks, Strictness strictness) {
  return strictness == Strictness::warnings_too ? remarks.empty() : !has_faults(remarks);
}

Json describe_remarks(const std::vector<ProfileRemark>& remarks) {
  Json findings = Json::array();
  for (const ProfileRemark& remark : remarks) {
    findings.push_back({{"level", level_word(remark.level)},
                        {"code", remark.code},
                        {"place", remark.place},
                        {"message", remark.message},
                        {"hint", remark.hint}});
  }
  return findings;
}

std::string remarks_text(const std::vector<ProfileRemark>& remarks) {
  std::string text;
  for (const Level level : {Level::fault, Level::warning}) {
    for (const ProfileRemark& remark : remarks) {
      if (remark.level == level) {
        text += line(level_word(level), sentence(remark));
        text += line("", "way out: " + remark.hint);
      }
    }
  }
  return has_faults(remarks) ? text : text + line("ok", "no faults");
}

Error remarks_error(const std::vector<ProfileRemark>& remarks, std::string_view file) {
  const Level level = has_faults(remarks) ? Level::fault : Level::warning;
  const auto counts = [level](const ProfileRemark& remark) { return remark.level == level; };
  const auto first = std::ranges::find_if(remarks, counts);
  const auto more = std::ranges::count_if(remarks, counts) - 1;
  std::string what = std::string(file) + ": " + sentence(*first);
  if (more > 0) {
    what += ", and " + std::to_string(more) + " more " + std::string(level_word(level)) +
            (more == 1 ? "" : "s");
  }
  return {ErrorCode::malformed, std::move(what), first->hint};
}

Json describe_signature(const SignedMessage& message) {
  Json chain = Json::array();
  for (const Certificate& link : chain_from(message.signer(), message.certificates())) {
    chain.push_back({{"subject", link.subject()},
                     {"issuer", link.issuer()},
                     {"sha256", link.fingerprint().hex()},
                     {"not_before", format_rfc3339(link.not_before())},
                     {"not_after", format_rfc3339(link.not_after())}});
  }
  const auto time = message.signing_time();
  return {{"signed_by", message.signer().subject()},
          {"digest", digest_word(message.digest())},
          {"signed_at", time ? Json(format_rfc3339(*time)) : Json()},
          {"chain", std::move(chain)}};
}

}  // namespace bramley
