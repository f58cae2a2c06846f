#include "core/base/encoding.h"
#include "core/mdm/fact_sources.h"
#include "core/mdm/selection.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

bramley::DeviceFacts some_facts(bramley::Timestamp now) {
  bramley::DeviceFacts facts;
  for (const bramley::FactInfo& info : bramley::all_facts()) {
    facts.set(info.fact, std::string("14.4"), now);
    facts.set(info.fact, 14.4, now);
    facts.set(info.fact, now, now);
  }
  return facts;
}

}  // namespace

// What parses selects the same in parentheses and the opposite of its negation, where all is known
// that it names; and errors say where.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = bramley::to_text(bramley::ByteView(data, size));
  const auto selection = bramley::Selection::parse(text);
  if (!selection) {
    CHECK(selection.error().code == bramley::ErrorCode::malformed);
    CHECK(bramley::is_utf8(selection.error().message));
    CHECK(bramley::is_utf8(selection.error().hint) || selection.error().hint.empty());
    return 0;
  }
  const bramley::Timestamp now(std::chrono::seconds(1'700'000'000));
  const auto facts = some_facts(now);
  const bool selects = selection->matches(facts, now);
  bool all_known = true;
  for (const bramley::Fact fact : selection->facts()) {
    all_known = all_known && facts.find(fact) != nullptr;
  }
  if (const auto inside = bramley::Selection::parse("(" + text + ")")) {
    CHECK(inside->matches(facts, now) == selects);
  }
  if (const auto opposite = bramley::Selection::parse("!(" + text + ")")) {
    CHECK(!(opposite->matches(facts, now) && selects));
    CHECK(!all_known || opposite->matches(facts, now) != selects);
  }
  return 0;
}
