#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

// Moments are seconds since 1970 in UTC. Fingerprints are lower-case hex. The numbers for states,
// types and kinds are those of server/store/sql_values.h.
constexpr std::string_view statements[] = {
    // One row.
    "CREATE TABLE schema_version (version {number} NOT NULL)",
    "CREATE TABLE properties (name {name} PRIMARY KEY, value {text} NOT NULL) {clustered}",

    R"(CREATE TABLE enrollments (
      enrollment_key {key},
      id {name} NOT NULL UNIQUE,
      device_id {name} NOT NULL,
      type {number} NOT NULL,
      state {number} NOT NULL,
      push_state {number} NOT NULL,
      topic {text} NOT NULL,
      push_magic {text} NOT NULL,
      push_token {text} NOT NULL,
      serial_number {name} NOT NULL,
      device_name {text} NOT NULL,
      model {text} NOT NULL,
      model_name {text} NOT NULL,
      product_name {text} NOT NULL,
      os_version {text} NOT NULL,
      build_version {text} NOT NULL,
      user_short_name {text} NOT NULL,
      user_long_name {text} NOT NULL,
      awaiting_configuration {number} NOT NULL,
      token_update_tally {number} NOT NULL,
      authenticated_at {number},
      enrolled_at {number},
      checked_out_at {number},
      certificate {text}))",
    "CREATE INDEX enrollments_of_device ON enrollments (device_id, id)",
    "CREATE INDEX enrollments_by_state ON enrollments (state, id)",
    "CREATE INDEX enrollments_by_serial ON enrollments (serial_number)",
    // Apart from the enrollment: these rows are rewritten all the time and must be narrow.
    "CREATE TABLE sightings (enrollment_key {key}, seen_at {number})",
    // Sealed; the context is KIND/ENROLLMENT-ID.
    R"(CREATE TABLE enrollment_secrets (
      secret_key {key},
      enrollment_key {number} NOT NULL,
      kind {number} NOT NULL,
      sealed {bytes} NOT NULL))",
    "CREATE UNIQUE INDEX enrollment_secrets_by_kind ON enrollment_secrets (enrollment_key, kind)",

    // The counters are kept with every delivery's change, so that a list never counts.
    R"(CREATE TABLE commands (
      command_key {key},
      uuid {name} NOT NULL UNIQUE,
      request_type {name} NOT NULL,
      created_at {number} NOT NULL,
      targets {number} NOT NULL,
      pending {number} NOT NULL,
      acknowledged {number} NOT NULL,
      failed {number} NOT NULL,
      cleared {number} NOT NULL))",
    "CREATE INDEX commands_by_time ON commands (created_at)",
    "CREATE INDEX commands_by_type ON commands (request_type, created_at)",
    // Apart from the counters, which would rewrite it. Sealed: command/UUID.
    "CREATE TABLE command_bodies (command_key {key}, sealed {bytes} NOT NULL)",
    R"(CREATE TABLE deliveries (
      command_key {number} NOT NULL,
      enrollment_key {number} NOT NULL,
      state {number} NOT NULL,
      queued_at {number} NOT NULL,
      reported_at {number},
      status_text {text},
      report_key {number},
      PRIMARY KEY (command_key, enrollment_key)) {clustered})",
    "CREATE INDEX deliveries_of_enrollment ON deliveries (enrollment_key, command_key)",
    // Sealed: report/ENROLLMENT-ID/UUID.
    "CREATE TABLE reports (report_key {key}, sealed {bytes} NOT NULL)",

    // What waits, apart from what is settled: the next command is one step into the key. A command
    // that was put off moves from the first table to the second.
    R"(CREATE TABLE queue (
      enrollment_key {number} NOT NULL,
      command_key {number} NOT NULL,
      PRIMARY KEY (enrollment_key, command_key)) {clustered})",
    R"(CREATE TABLE parked (
      enrollment_key {number} NOT NULL,
      position {number} NOT NULL,
      command_key {number} NOT NULL,
      PRIMARY KEY (enrollment_key, position)) {clustered})",
    "CREATE UNIQUE INDEX parked_by_command ON parked (enrollment_key, command_key)",

    // request_hash: the first 8 bytes of the SHA-256 of transaction id and public key.
    R"(CREATE TABLE issued_certificates (
      certificate_key {key},
      fingerprint {name} NOT NULL UNIQUE,
      serial {text} NOT NULL,
      subject {text} NOT NULL,
      transaction_id {text} NOT NULL,
      public_key {text} NOT NULL,
      request_hash {number} NOT NULL,
      issued_at {number} NOT NULL,
      not_after {number} NOT NULL,
      only_udid {text} NOT NULL,
      only_serial {text} NOT NULL,
      der {bytes} NOT NULL))",
    "CREATE INDEX issued_certificates_by_request ON issued_certificates (request_hash)",
    // Apart from what was issued: a certificate of another authority may be bound too.
    "CREATE TABLE bindings (fingerprint {name} PRIMARY KEY, device_id {name} NOT NULL) {clustered}",
    "CREATE INDEX bindings_of_device ON bindings (device_id)",

    R"(CREATE TABLE challenges (
      fingerprint {name} PRIMARY KEY,
      expires_at {number} NOT NULL,
      only_udid {text} NOT NULL,
      only_serial {text} NOT NULL) {clustered})",
    "CREATE INDEX challenges_by_expiry ON challenges (expires_at)",
    R"(CREATE TABLE enrollment_tokens (
      token_key {key},
      id {name} NOT NULL UNIQUE,
      fingerprint {name} NOT NULL UNIQUE,
      note {text} NOT NULL,
      created_at {number} NOT NULL,
      expires_at {number} NOT NULL,
      max_uses {number} NOT NULL,
      uses {number} NOT NULL,
      only_udid {text} NOT NULL,
      only_serial {text} NOT NULL))",
};

}  // namespace

const std::span<const std::string_view> migration_0001 = statements;

}  // namespace bramley
