#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // 1: answered NotNow since the last Idle.
    "ALTER TABLE parked ADD COLUMN held {number} NOT NULL DEFAULT 0",
};

}  // namespace

const std::span<const std::string_view> migration_0002 = statements;

}  // namespace bramley
