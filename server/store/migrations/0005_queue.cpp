#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    "ALTER TABLE commands ADD COLUMN priority {number} NOT NULL DEFAULT 0",
    "ALTER TABLE commands ADD COLUMN expires_at {number}",
    "ALTER TABLE commands ADD COLUMN stuck {number} NOT NULL DEFAULT 0",
    "ALTER TABLE commands ADD COLUMN expired {number} NOT NULL DEFAULT 0",
    "ALTER TABLE commands ADD COLUMN cancelled {number} NOT NULL DEFAULT 0",
    // How many of its deliveries are still there.
    "ALTER TABLE commands ADD COLUMN kept {number} NOT NULL DEFAULT 0",
    "UPDATE commands SET kept = targets",
    // Commands that may still have to be settled when their time is over.
    R"(CREATE TABLE expiring (
      expires_at {number} NOT NULL,
      command_key {number} NOT NULL,
      PRIMARY KEY (expires_at, command_key)) {clustered})",

    // Takes the place of `queue`. turn: the priority, negated.
    R"(CREATE TABLE queued (
      enrollment_key {number} NOT NULL,
      turn {number} NOT NULL,
      command_key {number} NOT NULL,
      expires_at {number},
      unanswered {number} NOT NULL,
      PRIMARY KEY (enrollment_key, turn, command_key)) {clustered})",
    R"(INSERT INTO queued (enrollment_key, turn, command_key, expires_at, unanswered)
      SELECT enrollment_key, 0, command_key, NULL, 0 FROM queue)",
    "DROP TABLE queue",
    "ALTER TABLE parked ADD COLUMN expires_at {number}",
    "ALTER TABLE parked ADD COLUMN unanswered {number} NOT NULL DEFAULT 0",

    // Deliveries in the order in which they were settled: history is forgotten from its beginning.
    R"(CREATE TABLE settled (
      settled_key {key},
      settled_at {number} NOT NULL,
      command_key {number} NOT NULL,
      enrollment_key {number} NOT NULL))",
    "INSERT INTO settled (settled_at, command_key, enrollment_key) "
    "SELECT COALESCE(reported_at, queued_at), command_key, enrollment_key FROM deliveries "
    "WHERE state <> 0 AND state <> 1 "
    "ORDER BY COALESCE(reported_at, queued_at), command_key, enrollment_key",
    // One enrollment's commands, newest first, without sorting them.
    "DROP INDEX deliveries_of_enrollment",
    "CREATE INDEX deliveries_by_time ON deliveries (enrollment_key, queued_at, command_key)",

    // Commands for very many, while their rows are written: the enrollments as
    // server/store/target_list.h writes them, and how many of them have theirs.
    R"(CREATE TABLE expansions (
      command_key {number} PRIMARY KEY,
      created_at {number} NOT NULL,
      turn {number} NOT NULL,
      expires_at {number},
      push_by {number} NOT NULL,
      push_ticket {number} NOT NULL,
      done {number} NOT NULL,
      targets {bytes} NOT NULL))",
    // Enrollments that began afresh meanwhile: they must not get what is older.
    R"(CREATE TABLE expansion_cleared (
      command_key {number} NOT NULL,
      enrollment_key {number} NOT NULL,
      PRIMARY KEY (command_key, enrollment_key)) {clustered})",
};

}  // namespace

const std::span<const std::string_view> migration_0005 = statements;

}  // namespace bramley
