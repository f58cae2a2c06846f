// The memory store is short enough to be read and believed: SQLite must do as it does.

#include "tests/contract/store_contract.h"
#include "tests/support/random_store_steps.h"
#include "tests/support/store_dump.h"

namespace bramley {
namespace {

std::vector<Certificate> some_identities() {
  std::vector<Certificate> made;
  for (int i = 0; i < 10; ++i) {
    made.push_back(distinct_certificate());
  }
  return made;
}

TEST(StoreDifferential, SqliteAnswersAsTheMemoryStoreDoes) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SqliteMaker maker;
    auto sqlite = maker.open();
    const auto memory = make_memory_store();
    RandomStoreSteps steps(seed, some_identities());
    for (int i = 0; i < 400; ++i) {
      const auto step = steps.next();
      ASSERT_EQ(step(*sqlite), step(*memory)) << "seed " << seed << ", step " << i;
      if (i % 100 == 99) {
        sqlite.reset();
        sqlite = maker.open();
        ASSERT_EQ(StoreDump::of(*sqlite, steps.challenges(), steps.now()),
                  StoreDump::of(*memory, steps.challenges(), steps.now()))
            << "seed " << seed << ", step " << i;
      }
    }
  }
}

}  // namespace
}  // namespace bramley
