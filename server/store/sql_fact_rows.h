#pragma once

#include "core/mdm/device_facts.h"
#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// What is known of devices, by the key of their own enrollment. Private to the folder.

// Adds to what is known: facts without a time, learnt now. A row that is damaged counts as none.
void learn_facts(WriteTransaction& transaction, SqlNumber enrollment_key, const DeviceFacts& facts,
                 Timestamp now);
void forget_facts(WriteTransaction& transaction, SqlNumber enrollment_key);

// The device is to be asked for its facts as soon as may be.
void schedule_inventory(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now);
void unschedule_inventory(WriteTransaction& transaction, SqlNumber enrollment_key);

}  // namespace bramley
