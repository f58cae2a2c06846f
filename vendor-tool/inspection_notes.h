#pragma once

// Private to the inspector.

#include "vendor-tool/push_request_inspector.h"

namespace bramley {

// Collects what an inspection finds.
class InspectionNotes {
 public:
  explicit InspectionNotes(std::vector<Finding>& findings) : findings_(findings) {}

  void fault(std::string_view code, std::string message, std::string_view hint,
             PortalAnswer portal) {
    findings_.push_back(
        {Finding::Level::fault, code, std::move(message), std::string(hint), portal});
  }
  void warn(std::string_view code, std::string message, std::string_view hint) {
    findings_.push_back(
        {Finding::Level::warning, code, std::move(message), std::string(hint), PortalAnswer::none});
  }

 private:
  std::vector<Finding>& findings_;
};

// The certificates of PushCertCertificateChain, in order, but with the vendor's first. What is
// wrong with them goes to the notes.
std::vector<Certificate> inspect_chain(std::string_view pem, const InspectionTerms& terms,
                                       InspectionNotes& notes);

}  // namespace bramley
