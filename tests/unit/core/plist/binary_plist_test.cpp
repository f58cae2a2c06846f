#include <gtest/gtest.h>

#include <limits>

#include "core/base/encoding.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

// Puts a `bplist00` together from its objects, each as hex, with one-byte references and two-byte
// offsets.
class Binary {
 public:
  explicit Binary(std::initializer_list<const char*> objects) {
    bytes_ = to_bytes("bplist00");
    for (const char* object : objects) {
      offsets_.push_back(bytes_.size());
      const Bytes content = *decode_hex(object);
      bytes_.insert(bytes_.end(), content.begin(), content.end());
    }
  }

  Binary& root(std::uint64_t object) {
    root_ = object;
    return *this;
  }
  Binary& count(std::uint64_t objects) {
    count_ = objects;
    return *this;
  }
  Binary& offset(std::size_t object, std::uint64_t value) {
    offsets_.at(object) = value;
    return *this;
  }
  Binary& sizes(std::uint8_t offset_size, std::uint8_t reference_size) {
    offset_size_ = offset_size;
    reference_size_ = reference_size;
    return *this;
  }
  Binary& gap(std::size_t size) {
    gap_ = size;
    return *this;
  }

  [[nodiscard]] Bytes bytes() const {
    Bytes document = bytes_;
    const std::uint64_t table = document.size();
    for (const std::uint64_t offset : offsets_) {
      put(document, offset, 2);
    }
    document.resize(document.size() + gap_);
    document.resize(document.size() + 6);
    put(document, offset_size_, 1);
    put(document, reference_size_, 1);
    put(document, count_ == 0 ? offsets_.size() : count_, 8);
    put(document, root_, 8);
    put(document, table, 8);
    return document;
  }
  [[nodiscard]] Result<PlistValue> parse() const { return parse_plist(bytes()); }

 private:
  static void put(Bytes& document, std::uint64_t value, int size) {
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
      document.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
    }
  }

  Bytes bytes_;
  std::vector<std::uint64_t> offsets_;
  std::uint64_t root_ = 0;
  std::uint64_t count_ = 0;
  std::uint8_t offset_size_ = 2;
  std::uint8_t reference_size_ = 1;
  std::size_t gap_ = 0;
};

void expect_refused(const Binary& document, const std::string& why) {
  const auto value = document.parse();
  ASSERT_FALSE(value) << why;
  EXPECT_EQ(value.error().code, ErrorCode::malformed);
  EXPECT_NE(value.error().message.find(why), std::string::npos) << value.error().message;
}

TEST(BinaryPlist, ReadsEveryType) {
  EXPECT_EQ(*Binary({"08"}).parse(), PlistValue(false));
  EXPECT_EQ(*Binary({"09"}).parse(), PlistValue(true));
  EXPECT_EQ(*Binary({"10ff"}).parse(), PlistValue(255));
  EXPECT_EQ(*Binary({"11ffff"}).parse(), PlistValue(65535));
  EXPECT_EQ(*Binary({"12ffffffff"}).parse(), PlistValue(std::int64_t{0xFFFFFFFF}));
  EXPECT_EQ(*Binary({"13ffffffffffffffff"}).parse(), PlistValue(-1));
  EXPECT_EQ(*Binary({"140000000000000000ffffffffffffffff"}).parse(),
            PlistValue(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(*Binary({"223fc00000"}).parse(), PlistValue(1.5));
  EXPECT_EQ(*Binary({"233ff8000000000000"}).parse(), PlistValue(1.5));
  EXPECT_EQ(*Binary({"330000000000000000"}).parse(),
            PlistValue(*parse_rfc3339("2001-01-01T00:00:00Z")));
  EXPECT_EQ(*Binary({"33bff0000000000000"}).parse(),
            PlistValue(*parse_rfc3339("2000-12-31T23:59:59Z")));
  EXPECT_EQ(*Binary({"43010203"}).parse(), PlistValue(Bytes{1, 2, 3}));
  EXPECT_EQ(*Binary({"53616263"}).parse(), PlistValue("abc"));
  EXPECT_EQ(*Binary({"6300e9d83dde00"}).parse(), PlistValue("\xC3\xA9\xF0\x9F\x98\x80"));
  EXPECT_EQ(*Binary({"a20102", "09", "5161"}).parse(), PlistValue(PlistArray{true, "a"}));
  EXPECT_EQ(*Binary({"d10102", "5161", "1005"}).parse(), PlistValue(PlistDictionary({{"a", 5}})));
  EXPECT_EQ(*Binary({"d0"}).parse(), PlistValue(PlistDictionary()));
}

TEST(BinaryPlist, ReadsLongLengths) {
  const std::string text(300, 'x');
  const std::string object = "5f11012c" + encode_hex(as_bytes(text));
  EXPECT_EQ(*Binary({object.c_str()}).parse(), PlistValue(text));
}

TEST(BinaryPlist, RefusesTypesThatPropertyListsLack) {
  for (const char* object : {"00", "0f", "8001", "7161", "b0", "c0", "90", "e0", "f0"}) {
    EXPECT_FALSE(Binary({object}).parse()) << object;
  }
  for (const char* object :
       {"15", "14000000000000000100000000000000", "14ffffffffffffffff0000000000000000", "20",
        "2100", "24", "237ff0000000000000", "227fc00000", "327f800000", "3100",
        "337fefffffffffffff", "33fff0000000000000"}) {
    EXPECT_FALSE(Binary({object}).parse()) << object;
  }
}

TEST(BinaryPlist, RefusesTextThatIsNone) {
  expect_refused(Binary({"5180"}), "character");
  expect_refused(Binary({"5100"}), "character");
  expect_refused(Binary({"61d83d"}), "UTF-16");
  expect_refused(Binary({"61de00"}), "UTF-16");
  expect_refused(Binary({"62d83d0041"}), "UTF-16");
  expect_refused(Binary({"61ffff"}), "character");
  expect_refused(Binary({"610000"}), "character");
}

TEST(BinaryPlist, RefusesBrokenContainers) {
  expect_refused(Binary({"a101"}), "no object");
  expect_refused(Binary({"a5010101", "09"}), "reaches past");
  expect_refused(Binary({"d10102", "1005", "09"}), "no string");
  expect_refused(Binary({"d2010102020a", "5161", "09"}), "twice");
  expect_refused(Binary({"d201020303", "5161", "5161", "09"}), "twice");
  expect_refused(Binary({"af13ffffffffffffffff"}), "reaches past");
  expect_refused(Binary({"df137fffffffffffffff"}), "reaches past");
  expect_refused(Binary({"4f13ffffffffffffffff"}), "reaches past");
  expect_refused(Binary({"6f138000000000000001"}), "reaches past");
  expect_refused(Binary({"4f"}), "reaches past");
  expect_refused(Binary({"4f5161"}), "length");
  expect_refused(Binary({"4f1400"}), "length");
  expect_refused(Binary({"55616263"}), "reaches past");
  expect_refused(Binary({"13ffff"}), "reaches past");
}

TEST(BinaryPlist, RefusesBrokenTrailers) {
  expect_refused(Binary({"09"}).root(1), "offset table");
  expect_refused(Binary({"09"}).count(2), "offset table");
  expect_refused(Binary({"09"}).count(std::numeric_limits<std::uint64_t>::max()), "offset table");
  expect_refused(Binary({"09"}).count(std::uint64_t{1} << 63U), "offset table");
  expect_refused(Binary({"09"}).gap(2), "offset table");
  expect_refused(Binary({"09"}).sizes(0, 1), "sizes");
  expect_refused(Binary({"09"}).sizes(9, 1), "sizes");
  expect_refused(Binary({"09"}).sizes(2, 0), "sizes");
  expect_refused(Binary({"09"}).offset(0, 0), "outside");
  expect_refused(Binary({"09"}).offset(0, 9), "outside");
  expect_refused(Binary({"09"}).offset(0, 65535), "outside");
}

TEST(BinaryPlist, RefusesWhatIsCutOrContinued) {
  const Bytes whole = Binary({"d10102", "5161", "1005"}).bytes();
  ASSERT_TRUE(parse_plist(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_plist(ByteView(whole).first(size))) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(parse_plist(longer));
  EXPECT_FALSE(parse_plist(as_bytes("bplist01" + std::string(100, '\0'))));
}

TEST(BinaryPlist, RefusesCycles) {
  expect_refused(Binary({"a100"}), "deeper");
  expect_refused(Binary({"d10100", "5161"}), "deeper");
  expect_refused(Binary({"a101", "a102", "a100"}), "deeper");
  expect_refused(Binary({"a20000"}), "");
}

// Two thousand bytes that stand for 255 to the power of eight values.
TEST(BinaryPlist, RefusesSharedObjectsThatMultiply) {
  const auto level = [](unsigned next) {
    std::string object = "af10ff";
    for (int i = 0; i < 255; ++i) {
      object += "0" + std::to_string(next);
    }
    return object;
  };
  std::vector<std::string> levels;
  for (unsigned next = 1; next <= 8; ++next) {
    levels.push_back(level(next));
  }
  expect_refused(
      Binary({levels[0].c_str(), levels[1].c_str(), levels[2].c_str(), levels[3].c_str(),
              levels[4].c_str(), levels[5].c_str(), levels[6].c_str(), levels[7].c_str(), "5161"}),
      "values");
}

TEST(BinaryPlist, RefusesSharedDataThatMultiplies) {
  std::string array = "af11ffff";
  for (int i = 0; i < 0xFFFF; ++i) {
    array += "01";
  }
  const std::string data = "4f112000" + std::string(2UL * 0x2000, '0');
  // The array is longer than two-byte offsets reach, so the data stands before it.
  expect_refused(Binary({data.c_str(), array.c_str()}).root(1), "");
  std::string shared = "af111000";
  for (int i = 0; i < 0x1000; ++i) {
    shared += "00";
  }
  const std::string large = "4f118000" + std::string(2UL * 0x8000, '0');
  expect_refused(Binary({large.c_str(), shared.c_str()}).root(1), "MiB");
}

TEST(BinaryPlist, SharedObjectsAreFine) {
  EXPECT_EQ(*Binary({"a3010101", "5161"}).parse(), PlistValue(PlistArray{"a", "a", "a"}));
}

// Whatever byte is changed, the reader ends with a value or an error.
TEST(BinaryPlist, SurvivesEveryChangedByte) {
  const Bytes whole =
      Binary({"d2010203045f", "5161", "62d83dde00", "a20506", "1005", "09", "43010203"}).bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(value);
      if (const auto parsed = parse_plist(changed)) {
        EXPECT_TRUE(write_plist_xml(*parsed));
      }
    }
  }
}

}  // namespace
}  // namespace bramley
