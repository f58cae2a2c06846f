#pragma once

#include <filesystem>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/credentials/credential_source.h"
#include "server/credentials/push_certificate_directory.h"
#include "server/store/enrollment_store.h"

namespace bramley {

// Takes push certificates over the network, as NanoMDM does: into the credentials directory, and in
// force at once.
class PushCertificateService {
 public:
  struct Options {
    std::filesystem::path directory;  // empty: there is none
    // A topic that is not stored, while devices hold others.
    TopicChange topic_change = TopicChange::refuse;
  };
  // References must outlive it.
  PushCertificateService(const EnrollmentStore& enrollments, CredentialSource& credentials,
                         Options options, const Clock& clock, Log& log)
      : enrollments_(enrollments),
        credentials_(credentials),
        options_(std::move(options)),
        clock_(clock),
        log_(log) {}

  // PEM of one push certificate and its unencrypted key in any order, line ends lost between blocks
  // or not (mdm.md §1.1). malformed: anything else, a key that is not the certificate's, or one
  // that is not valid now. conflict: there is no directory, the topic comes from the environment,
  // or enrolled devices hold other topics and none this one. unavailable: it could not be written,
  // or is not in force for a reason of the directory's.
  Result<PushCertificate> store(ByteView pem);

 private:
  [[nodiscard]] Status check_place(const std::string& topic) const;
  [[nodiscard]] Status check_fleet(const std::string& topic) const;

  const EnrollmentStore& enrollments_;
  CredentialSource& credentials_;
  const Options options_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
