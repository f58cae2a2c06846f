#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // Of those that wait, the ones that the device put off; kept as the other counters are.
    "ALTER TABLE commands ADD COLUMN not_now {number} NOT NULL DEFAULT 0",
    "UPDATE commands SET not_now = (SELECT COUNT(*) FROM deliveries d "
    "WHERE d.command_key = commands.command_key AND d.state = 1) WHERE pending > 0",
    // Who follows one command reads what was settled of it, and nothing else.
    "CREATE INDEX settled_of_command ON settled (command_key, settled_key)",
};

}  // namespace

const std::span<const std::string_view> migration_0011 = statements;

}  // namespace bramley
