#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // Sealed: event/ID, or empty where the message was not kept.
    R"(CREATE TABLE events (
      event_key {key},
      id {name} NOT NULL,
      topic {name} NOT NULL,
      enrollment_id {name} NOT NULL,
      device_id {name} NOT NULL,
      type {number} NOT NULL,
      created_at {number} NOT NULL,
      status {text} NOT NULL,
      command_uuid {text} NOT NULL,
      token_update_tally {number} NOT NULL,
      query {text} NOT NULL,
      sealed {bytes} NOT NULL))",
    "CREATE INDEX events_by_time ON events (created_at)",
    "CREATE INDEX events_of_enrollment ON events (enrollment_id, event_key)",
    // used_at: when a server last had it in its configuration.
    R"(CREATE TABLE webhooks (
      webhook_key {key},
      id {name} NOT NULL UNIQUE,
      url {text} NOT NULL,
      position {number} NOT NULL,
      paused {number} NOT NULL,
      used_at {number} NOT NULL,
      claimed_by {text} NOT NULL,
      claimed_until {number} NOT NULL,
      delivered_at {number},
      failed_at {number},
      last_error {text} NOT NULL))",
    // What did not get through. state: 0 tried again at next_at, 1 parked, 2 behind an older one of
    // its enrollment.
    R"(CREATE TABLE held_events (
      event_key {number} NOT NULL,
      webhook_key {number} NOT NULL,
      enrollment_id {name} NOT NULL,
      state {number} NOT NULL,
      attempts {number} NOT NULL,
      first_failed_at {number} NOT NULL,
      next_at {number} NOT NULL,
      error {text} NOT NULL,
      PRIMARY KEY (event_key, webhook_key)) {clustered})",
    "CREATE INDEX held_events_by_state ON held_events (webhook_key, state, event_key)",
    R"(CREATE INDEX held_events_of_enrollment
      ON held_events (webhook_key, enrollment_id, state, event_key))",
};

}  // namespace

const std::span<const std::string_view> migration_0007 = statements;

}  // namespace bramley
