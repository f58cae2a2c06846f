#include "server/store/migrations/migrations.h"

#include <array>

namespace bramley {

std::span<const Migration> all_migrations() {
  static const std::array steps = {
      Migration{1, migration_0001},  Migration{2, migration_0002},  Migration{3, migration_0003},
      Migration{4, migration_0004},  Migration{5, migration_0005},  Migration{6, migration_0006},
      Migration{7, migration_0007},  Migration{8, migration_0008},  Migration{9, migration_0009},
      Migration{10, migration_0010}, Migration{11, migration_0011}, Migration{12, migration_0012},
  };
  return steps;
}

int newest_schema_version() {
  return all_migrations().back().version;
}

}  // namespace bramley
