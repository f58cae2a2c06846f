#include "core/plist/binary_reader.h"

#include <bit>
#include <cmath>

#include "core/plist/plist_document.h"
#include "core/plist/plist_limits.h"
#include "core/plist/plist_text.h"
#include "core/plist/unique_keys.h"

namespace bramley {
namespace {

// Apple's CFBinaryPList.c: magic | objects | offset table | trailer. The trailer: 5 unused bytes,
// sort version, size of an offset, size of a reference, and three 64-bit numbers: how many objects,
// which is the root, where the offset table starts. Everything is big-endian.
constexpr std::string_view magic = "bplist00";
constexpr std::size_t trailer_size = 32;
// 2001-01-01T00:00:00Z, from which dates count.
constexpr double epoch_2001 = 978307200.0;
constexpr double year_1 = -62135596800.0;
constexpr double year_10000 = 253402300800.0;

Error malformed(const std::string& what) {
  return Error{ErrorCode::malformed, what};
}

// `bytes` has at most 8.
std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = (value << 8U) | byte;
  }
  return value;
}

class BinaryPlistReader {
 public:
  explicit BinaryPlistReader(ByteView document) : document_(document) {}

  Result<PlistValue> read() {
    TRY(read_trailer());
    return read_object(root_, 1);
  }

 private:
  // An object's head: what it is, its length (in its own units), and where its content starts.
  struct Head {
    unsigned type;
    std::uint64_t length;
    std::size_t content;
  };

  Status read_trailer() {
    if (document_.size() < magic.size() + trailer_size + 2) {
      return malformed("a binary document that ends early");
    }
    const ByteView trailer = document_.last(trailer_size);
    offset_size_ = trailer[6];
    reference_size_ = trailer[7];
    objects_ = big_endian(trailer.subspan(8, 8));
    root_ = big_endian(trailer.subspan(16, 8));
    const std::uint64_t table = big_endian(trailer.subspan(24, 8));
    const std::size_t end = document_.size() - trailer_size;
    if (offset_size_ < 1 || offset_size_ > 8 || reference_size_ < 1 || reference_size_ > 8) {
      return malformed("a binary document with impossible sizes");
    }
    // The table must reach from its start to the trailer exactly: no gap hides anything.
    if (table <= magic.size() || table > end || objects_ == 0 || root_ >= objects_ ||
        objects_ > (end - table) / offset_size_ || objects_ * offset_size_ != end - table) {
      return malformed("a binary document with an impossible offset table");
    }
    table_ = static_cast<std::size_t>(table);
    return {};
  }

  // The bytes from `start`, within the objects.
  Result<ByteView> bytes_at(std::size_t start, std::uint64_t size) const {
    if (start > table_ || size > table_ - start) {
      return malformed("an object that reaches past the others");
    }
    return document_.subspan(start, static_cast<std::size_t>(size));
  }

  Result<Head> read_head(std::uint64_t object) const {
    if (object >= objects_) {
      return malformed("a reference to no object");
    }
    const std::uint64_t offset = big_endian(
        document_.subspan(table_ + static_cast<std::size_t>(object) * offset_size_, offset_size_));
    if (offset < magic.size() || offset >= table_) {
      return malformed("an object outside the objects");
    }
    const auto start = static_cast<std::size_t>(offset);
    const unsigned marker = document_[start];
    const Head head{marker >> 4U, marker & 0x0FU, start + 1};
    const bool has_length = head.type >= 0x4;
    return has_length && head.length == 0x0F ? read_long_head(head) : Result<Head>(head);
  }

  // A length of 15 and more follows as an integer object.
  Result<Head> read_long_head(Head head) const {
    TRY_ASSIGN(const auto marker, bytes_at(head.content, 1));
    if ((marker[0] & 0xF0U) != 0x10 || (marker[0] & 0x0FU) > 3) {
      return malformed("a length that is no integer");
    }
    const std::size_t size = std::size_t{1} << (marker[0] & 0x0FU);
    TRY_ASSIGN(const auto digits, bytes_at(head.content + 1, size));
    return Head{head.type, big_endian(digits), head.content + 1 + size};
  }

  Result<PlistValue> read_object(std::uint64_t object, int depth) {
    if (++values_ > plist_value_limit) {
      return malformed("more than " + std::to_string(plist_value_limit) + " values");
    }
    TRY_ASSIGN(const auto head, read_head(object));
    switch (head.type) {
      case 0x0:
        return read_boolean(head);
      case 0x1:
        return read_integer(head);
      case 0x2:
        return read_real(head);
      case 0x3:
        return read_date(head);
      case 0x4: {
        TRY_ASSIGN(const auto bytes, read_bytes(head, 1));
        return PlistValue(to_bytes(bytes));
      }
      case 0x5:
      case 0x6: {
        TRY_ASSIGN(auto text, read_text(head));
        return PlistValue(std::move(text));
      }
      case 0xA:
      case 0xD:
        // This ends cycles too: an object that contains itself is endlessly deep.
        if (depth > plist_depth_limit) {
          return malformed("nested deeper than " + std::to_string(plist_depth_limit));
        }
        return head.type == 0xA ? read_array(head, depth) : read_dictionary(head, depth);
      default:
        return malformed("an object of a type that property lists do not have");
    }
  }

  static Result<PlistValue> read_boolean(const Head& head) {
    if (head.length != 0x8 && head.length != 0x9) {
      return malformed("a null, where there must be a value");
    }
    return PlistValue(head.length == 0x9);
  }

  Result<PlistValue> read_integer(const Head& head) const {
    if (head.length > 4) {
      return malformed("an integer of more than 128 bits");
    }
    TRY_ASSIGN(const auto digits, bytes_at(head.content, std::uint64_t{1} << head.length));
    if (head.length == 4) {
      if (big_endian(digits.first(8)) != 0) {
        return malformed("an integer of more than 64 bits");
      }
      return PlistValue(big_endian(digits.last(8)));
    }
    const std::uint64_t number = big_endian(digits);
    // Only the 8-byte form has a sign.
    return PlistValue(static_cast<std::int64_t>(number));
  }

  Result<double> read_number(const Head& head) const {
    TRY_ASSIGN(const auto bytes, bytes_at(head.content, head.length == 2 ? 4 : 8));
    const double number = head.length == 2 ? static_cast<double>(std::bit_cast<float>(
                                                 static_cast<std::uint32_t>(big_endian(bytes))))
                                           : std::bit_cast<double>(big_endian(bytes));
    if ((head.length != 2 && head.length != 3) || !std::isfinite(number)) {
      return malformed("a real that is no finite number");
    }
    return number;
  }

  Result<PlistValue> read_real(const Head& head) const {
    TRY_ASSIGN(const double number, read_number(head));
    return PlistValue(number);
  }

  Result<PlistValue> read_date(const Head& head) const {
    TRY_ASSIGN(const double number, read_number(head));
    const double seconds = std::floor(number + epoch_2001);
    if (head.length != 3 || seconds < year_1 || seconds >= year_10000) {
      return malformed("a date that is none");
    }
    return PlistValue(Timestamp(std::chrono::seconds(static_cast<std::int64_t>(seconds))));
  }

  // The content of data or a string; counted, for one object can be referred to many times.
  Result<ByteView> read_bytes(const Head& head, std::size_t unit) {
    if (head.length > document_.size()) {
      return malformed("an object that reaches past the others");
    }
    TRY_ASSIGN(const auto bytes, bytes_at(head.content, head.length * unit));
    unfolded_ += bytes.size();
    if (unfolded_ > plist_unfolded_limit) {
      return malformed("more than " + std::to_string(plist_unfolded_limit >> 20U) +
                       " MiB when its shared objects are unfolded");
    }
    return bytes;
  }

  Result<std::string> read_text(const Head& head) {
    std::string text;
    if (head.type == 0x5) {
      TRY_ASSIGN(const auto bytes, read_bytes(head, 1));
      text = to_text(bytes);
    } else {
      TRY_ASSIGN(const auto bytes, read_bytes(head, 2));
      TRY(append_utf16(bytes, text));
    }
    if (!is_xml_text(text)) {
      return malformed("a character that property lists do not have");
    }
    return text;
  }

  static Status append_utf16(ByteView bytes, std::string& text) {
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      auto unit = static_cast<char32_t>(big_endian(bytes.subspan(i, 2)));
      if (unit >= 0xD800 && unit <= 0xDFFF) {
        const char32_t low =
            i + 4 <= bytes.size() ? static_cast<char32_t>(big_endian(bytes.subspan(i + 2, 2))) : 0;
        if (unit >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) {
          return malformed("a string that is no UTF-16");
        }
        unit = 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00);
        i += 2;
      }
      append_utf8(text, unit);
    }
    return {};
  }

  // `count` references at `start`.
  Result<ByteView> read_references(std::size_t start, std::uint64_t count) const {
    if (count > document_.size()) {
      return malformed("a container that reaches past the objects");
    }
    return bytes_at(start, count * reference_size_);
  }

  [[nodiscard]] std::uint64_t reference(ByteView references, std::uint64_t index) const {
    return big_endian(
        references.subspan(static_cast<std::size_t>(index) * reference_size_, reference_size_));
  }

  Result<PlistValue> read_array(const Head& head, int depth) {
    TRY_ASSIGN(const auto references, read_references(head.content, head.length));
    PlistArray values;
    for (std::uint64_t i = 0; i < head.length; ++i) {
      TRY_ASSIGN(auto value, read_object(reference(references, i), depth + 1));
      values.push_back(std::move(value));
    }
    return PlistValue(std::move(values));
  }

  Result<PlistValue> read_dictionary(const Head& head, int depth) {
    if (head.length > document_.size()) {
      return malformed("a container that reaches past the objects");
    }
    TRY_ASSIGN(const auto references, read_references(head.content, head.length * 2));
    std::vector<PlistDictionary::Entry> entries;
    for (std::uint64_t i = 0; i < head.length; ++i) {
      TRY_ASSIGN(const auto key, read_head(reference(references, i)));
      if (key.type != 0x5 && key.type != 0x6) {
        return malformed("a key that is no string");
      }
      TRY_ASSIGN(auto name, read_text(key));
      TRY_ASSIGN(auto value, read_object(reference(references, head.length + i), depth + 1));
      entries.emplace_back(std::move(name), std::move(value));
    }
    if (!has_unique_keys(entries)) {
      return malformed("a key that occurs twice in one dictionary");
    }
    return PlistValue(PlistDictionary(std::move(entries)));
  }

  ByteView document_;
  std::size_t offset_size_ = 0;
  std::size_t reference_size_ = 0;
  std::uint64_t objects_ = 0;
  std::uint64_t root_ = 0;
  std::size_t table_ = 0;
  std::size_t values_ = 0;
  std::size_t unfolded_ = 0;
};

}  // namespace

bool is_binary_plist(ByteView document) {
  return as_text(document).starts_with("bplist");
}

Result<PlistValue> read_binary_plist(ByteView document) {
  if (!as_text(document).starts_with(magic)) {
    return malformed("a binary document of another version than 00");
  }
  return BinaryPlistReader(document).read();
}

}  // namespace bramley
