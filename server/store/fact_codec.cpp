#include "server/store/fact_codec.h"

#include <bit>

namespace bramley {
namespace {

enum class Kind : std::uint8_t { no, yes, text, number, moment };
constexpr std::uint8_t kind_bits = 0x07;
constexpr std::uint8_t has_time = 0x80;

std::uint64_t bits_of(Timestamp time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}
Timestamp time_of(std::uint64_t bits) {
  return Timestamp(std::chrono::seconds(static_cast<std::int64_t>(bits)));
}

void put_byte(std::string& text, std::uint8_t byte) {
  text.push_back(static_cast<char>(byte));
}

void put_number(std::string& text, std::uint64_t number) {
  while (number >= 0x80) {
    put_byte(text, static_cast<std::uint8_t>(number | 0x80U));
    number >>= 7U;
  }
  put_byte(text, static_cast<std::uint8_t>(number));
}

struct KindOf {
  Kind operator()(bool value) const { return value ? Kind::yes : Kind::no; }
  Kind operator()(double) const { return Kind::number; }
  Kind operator()(const std::string&) const { return Kind::text; }
  Kind operator()(Timestamp) const { return Kind::moment; }
};

struct PutValue {
  std::string& text;
  void operator()(bool) const {}
  void operator()(double value) const {
    auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i) {
      put_byte(text, static_cast<std::uint8_t>(bits));
      bits >>= 8U;
    }
  }
  void operator()(const std::string& value) const {
    put_number(text, value.size());
    text += value;
  }
  void operator()(Timestamp value) const { put_number(text, bits_of(value)); }
};

Error damaged() {
  return {ErrorCode::malformed, "read facts: damaged"};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  Result<std::uint8_t> byte() {
    if (rest_.empty()) {
      return damaged();
    }
    const auto found = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return found;
  }
  Result<std::uint64_t> number() {
    std::uint64_t found = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      TRY_ASSIGN(const auto digit, byte());
      found |= std::uint64_t{digit & 0x7FU} << shift;
      if ((digit & 0x80U) == 0) {
        return found;
      }
    }
    return damaged();
  }
  Result<FactValue> value(Kind kind) {
    switch (kind) {
      case Kind::no:
        return FactValue(false);
      case Kind::yes:
        return FactValue(true);
      case Kind::text:
        return text();
      case Kind::number:
        return real();
      case Kind::moment: {
        TRY_ASSIGN(const auto bits, number());
        return FactValue(time_of(bits));
      }
    }
    return damaged();
  }

 private:
  Result<FactValue> text() {
    TRY_ASSIGN(const auto size, number());
    if (size > rest_.size()) {
      return damaged();
    }
    FactValue found = std::string(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return found;
  }
  Result<FactValue> real() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      TRY_ASSIGN(const auto digit, byte());
      bits |= std::uint64_t{digit} << shift;
    }
    return FactValue(std::bit_cast<double>(bits));
  }

  std::string_view rest_;
};

bool is_fact(std::uint8_t number) {
  for (const FactInfo& info : all_facts()) {
    if (static_cast<std::uint8_t>(info.fact) == number) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string encode_facts(const DeviceFacts& facts) {
  std::string text;
  for (const KnownFact& known : facts.known()) {
    const auto kind = static_cast<std::uint8_t>(std::visit(KindOf{}, known.value));
    put_byte(text, static_cast<std::uint8_t>(known.fact));
    put_byte(text, known.as_of ? static_cast<std::uint8_t>(kind | has_time) : kind);
    if (known.as_of) {
      put_number(text, bits_of(*known.as_of));
    }
    std::visit(PutValue{text}, known.value);
  }
  return text;
}

Result<DeviceFacts> decode_facts(std::string_view text) {
  DeviceFacts facts;
  Reader reader(text);
  while (!reader.at_end()) {
    TRY_ASSIGN(const auto number, reader.byte());
    TRY_ASSIGN(const auto kind, reader.byte());
    std::optional<Timestamp> as_of;
    if ((kind & has_time) != 0) {
      TRY_ASSIGN(const auto bits, reader.number());
      as_of = time_of(bits);
    }
    TRY_ASSIGN(auto value, reader.value(static_cast<Kind>(kind & kind_bits)));
    if (is_fact(number)) {
      facts.set(static_cast<Fact>(number), std::move(value), as_of);
    }
  }
  return facts;
}

}  // namespace bramley
