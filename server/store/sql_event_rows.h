#pragma once

#include "server/store/event_store.h"
#include "server/store/sql_values.h"

namespace bramley {

// The columns of an event as every query reads them, and the value they make.
using EventColumns = SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlText, SqlNumber, SqlNumber,
                              SqlText, SqlText, SqlNumber, SqlText>;

inline Event event_of(EventColumns row) {
  auto& [number, id, topic, enrollment, device, type, created_at, status, command, tally, query] =
      row;
  Event event{EnrollmentId::restore(enum_of<EnrollmentType>(type), std::move(enrollment),
                                    std::move(device))};
  event.number = number;
  event.id = std::move(id);
  event.topic = std::move(topic);
  event.created_at = time_of(created_at);
  event.status = std::move(status);
  event.command_uuid = std::move(command);
  event.token_update_tally = tally;
  event.query = std::move(query);
  return event;
}

}  // namespace bramley
