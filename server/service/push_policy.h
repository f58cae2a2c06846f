#pragma once

#include "core/apns/push_answer.h"
#include "core/base/random.h"
#include "server/store/push_schedule.h"

namespace bramley {

// When an enrollment is pushed again after this answer, if commands still wait for it then:
// - sent: Apple delivers it when the device can be reached, so in 15 minutes, then in hours;
// - a fault that may pass (Apple's, the network's): seconds, then minutes;
// - one that a person must see to (certificate, token): minutes, then hours.
// Each time longer, and never at the same time for many.
PushSettlement settlement_after(const DuePush& push, std::int64_t ticket, const PushAnswer& answer,
                                Timestamp now, Random& random);

// Some time between none and `most`.
std::chrono::seconds random_delay(std::chrono::seconds most, Random& random);

// A ticket of the schedule: never 0.
std::int64_t random_ticket(Random& random);

}  // namespace bramley
