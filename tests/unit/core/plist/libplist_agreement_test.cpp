#include <gtest/gtest.h>
#include <plist/plist.h>

#include <cstdlib>

#include "core/base/c_handle.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

using Tree = CHandle<void, plist_free>;
using Text = CHandle<char, std::free>;

Tree read_by_libplist(ByteView document) {
  plist_t tree = nullptr;
  plist_from_memory(as_text(document).data(), static_cast<std::uint32_t>(document.size()), &tree);
  return Tree(tree);
}

// In the other form: what libplist makes of the document, as `bplist00`.
Bytes binary_by_libplist(const Tree& tree) {
  char* content = nullptr;
  std::uint32_t size = 0;
  plist_to_bin(tree.get(), &content, &size);
  const Text owner(content);
  return to_bytes(std::string_view(content, size));
}

PlistDictionary sample() {
  return PlistDictionary({{"text", "& < > \xC3\xA9 \xF0\x9F\x98\x80"},
                          {"number", 1234567890123},
                          {"negative", -5},
                          {"real", 0.25},
                          {"yes", true},
                          {"no", false},
                          {"data", Bytes{0, 1, 2, 0xFF}},
                          {"date", *parse_rfc3339("2026-11-24T03:06:13Z")},
                          {"array", PlistArray{"a", PlistDictionary({{"b", PlistArray()}})}},
                          {"long", std::string(5000, 'x')}});
}

// Another program's reader takes what we write, and what it writes from that reads as before.
TEST(LibplistAgreement, OnOurDocuments) {
  const auto document = write_plist_xml(sample());
  ASSERT_TRUE(document);
  const Tree tree = read_by_libplist(*document);
  ASSERT_NE(tree, nullptr);
  const auto again = parse_plist(binary_by_libplist(tree));
  ASSERT_TRUE(again) << again.error().message;
  const PlistDictionary expected = sample();
  ASSERT_NE(again->dictionary(), nullptr);
  EXPECT_EQ(again->dictionary()->size(), expected.size());
  for (const auto& [key, value] : expected.entries()) {
    const PlistValue* const found = again->dictionary()->find(key);
    ASSERT_NE(found, nullptr) << key;
    EXPECT_EQ(*found, value) << key;
  }
}

// The reasons for a reader of our own: each of these passes there.
TEST(LibplistAgreement, EndsWhereItForgives) {
  for (const char* inside :
       {"<integer>123456789012345678901234</integer>", "<date>garbage</date>", "<data>!!!!</data>",
        "<string>\xFF</string>", "<dict><key>a</key><true/><key>a</key><false/></dict>"}) {
    const std::string document = std::string("<plist>") + inside + "</plist>";
    EXPECT_NE(read_by_libplist(as_bytes(document)), nullptr) << inside;
    EXPECT_FALSE(parse_plist(as_bytes(document))) << inside;
  }
}

}  // namespace
}  // namespace bramley
