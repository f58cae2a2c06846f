// The one suite, run by every store. Another engine is one more name in each list.

#include "tests/contract/certificate_contract.h"
#include "tests/contract/command_contract.h"
#include "tests/contract/concurrency_contract.h"
#include "tests/contract/enrollment_contract.h"
#include "tests/contract/event_contract.h"
#include "tests/contract/following_contract.h"
#include "tests/contract/inventory_contract.h"
#include "tests/contract/migration_contract.h"
#include "tests/contract/push_contract.h"
#include "tests/contract/queue_contract.h"
#include "tests/contract/renewal_contract.h"
#include "tests/contract/token_contract.h"

namespace bramley {

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, EnrollmentContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, CommandContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, QueueContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, CertificateContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ConcurrencyContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, PushContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, EventContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, MigrationContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RenewalContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, InventoryContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, TokenContract, MemoryMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, FollowingContract, MemoryMaker);

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, EnrollmentContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CommandContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, QueueContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CertificateContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ConcurrencyContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, PushContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, EventContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, MigrationContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RenewalContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, InventoryContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, TokenContract, SqliteMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, FollowingContract, SqliteMaker);

}  // namespace bramley
