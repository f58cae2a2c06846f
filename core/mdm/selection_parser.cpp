// Selection::parse. selection.cpp evaluates.

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "core/base/suggestions.h"
#include "core/base/words.h"
#include "core/mdm/selection.h"
#include "core/mdm/selection_tokens.h"

namespace bramley {
namespace {

using Node = Selection::Node;
using Kind = Selection::Node::Kind;
using Operator = Selection::Node::Operator;
using Token = SelectionToken;

constexpr std::pair<std::string_view, Operator> operators[] = {
    {"==", Operator::equal},   {"!=", Operator::unequal}, {"<", Operator::less},
    {"<=", Operator::at_most}, {">", Operator::greater},  {">=", Operator::at_least}};
constexpr std::pair<std::string_view, Kind> functions[] = {{"known", Kind::known},
                                                           {"contains", Kind::contains},
                                                           {"starts_with", Kind::starts_with},
                                                           {"ends_with", Kind::ends_with}};

std::string_view type_in_words(FactType type) {
  switch (type) {
    case FactType::text:
      return "text";
    case FactType::version:
      return "a version";
    case FactType::yes_no:
      return "yes or no";
    case FactType::number:
      return "a number";
    case FactType::moment:
      return "a moment";
  }
  return "text";
}

// How a value of that type is written.
std::string_view value_in_words(FactType type) {
  switch (type) {
    case FactType::text:
      return "a text in double quotes";
    case FactType::version:
      return "a version in double quotes, as \"14.4\"";
    case FactType::yes_no:
      return "true or false";
    case FactType::number:
      return "a number";
    case FactType::moment:
      return "ago(\"7d\") or a time as \"2026-01-31T12:00:00Z\"";
  }
  return "a value";
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto match = closest_match(word, candidates);
  return match ? "did you mean " + *match + "?" : std::string();
}

std::vector<std::string> names_of_facts() {
  std::vector<std::string> names;
  for (const FactInfo& info : all_facts()) {
    names.emplace_back(info.name);
  }
  return names;
}

class Parser {
 public:
  explicit Parser(std::string_view expression) : scanner_(expression) {}

  Status run() {
    TRY(step());
    TRY(chain(Kind::any));
    if (token_.kind != Token::Kind::end) {
      return expected("&&, || or the end");
    }
    return {};
  }
  std::vector<Node> nodes;
  std::vector<Fact> facts;

 private:
  // What was understood of a chain; its node is the last one.
  Status chain(Kind kind) {
    const std::string_view between = kind == Kind::any ? "||" : "&&";
    std::vector<std::size_t> parts;
    while (true) {
      TRY(kind == Kind::any ? chain(Kind::all) : factor());
      parts.push_back(nodes.size() - 1);
      if (!is_symbol(between)) {
        break;
      }
      TRY(step());
    }
    if (parts.size() > 1) {
      nodes.push_back({kind, std::move(parts)});
    }
    return {};
  }

  Status factor() {
    if (!is_symbol("!") && !is_symbol("(")) {
      return test();
    }
    const bool negates = is_symbol("!");
    if (++depth_ > Selection::deepest) {
      return selection_error(token_.column,
                             "nested more than " + std::to_string(Selection::deepest) + " deep");
    }
    TRY(step());
    if (negates) {
      TRY(factor());
      nodes.push_back({Kind::no, {nodes.size() - 1}});
    } else {
      TRY(chain(Kind::any));
      TRY(take_symbol(")", "&&, || or )"));
    }
    --depth_;
    return {};
  }

  Status test() {
    if (token_.kind != Token::Kind::word) {
      return expected("the name of a fact, a function, ! or (");
    }
    for (const auto& [name, kind] : functions) {
      if (token_.raw == name) {
        return call(kind);
      }
    }
    TRY_ASSIGN(const FactInfo* const info, fact());
    if (is_word("in")) {
      return in_list(*info);
    }
    for (const auto& [symbol, comparison] : operators) {
      if (is_symbol(symbol)) {
        return compare(*info, comparison);
      }
    }
    if (info->type != FactType::yes_no) {
      return selection_error(token_.column,
                             "expected a comparison after " + std::string(info->name) +
                                 ", which is " + std::string(type_in_words(info->type)) +
                                 ", and not " + quoted_token(token_),
                             token_.raw.starts_with("=") ? "equality is written ==" : "");
    }
    nodes.push_back({Kind::is, {}, info->fact});
    return {};
  }

  Status compare(const FactInfo& info, Operator comparison) {
    const bool has_order = info.type != FactType::text && info.type != FactType::yes_no;
    if (!has_order && comparison != Operator::equal && comparison != Operator::unequal) {
      return selection_error(
          token_.column, "expected == or != after " + std::string(info.name) + ", which is " +
                             std::string(type_in_words(info.type)) + " and has no order, and not " +
                             quoted_token(token_));
    }
    TRY(step());
    TRY_ASSIGN(auto found, value(info));
    Node node{Kind::compare, {}, info.fact, comparison, {}};
    node.values.push_back(std::move(found));
    nodes.push_back(std::move(node));
    return {};
  }

  Status in_list(const FactInfo& info) {
    if (info.type == FactType::yes_no || info.type == FactType::moment) {
      return selection_error(token_.column, "expected == or another comparison after " +
                                                std::string(info.name) + ", which is " +
                                                std::string(type_in_words(info.type)) +
                                                ", and not 'in'");
    }
    TRY(step());
    TRY(take_symbol("[", "[ and a list of values after in"));
    Node node{Kind::compare, {}, info.fact, Operator::equal, {}};
    do {
      TRY_ASSIGN(auto found, value(info));
      node.values.push_back(std::move(found));
    } while (take_if(","));
    TRY(take_fault());
    TRY(take_symbol("]", ", or ]"));
    nodes.push_back(std::move(node));
    return {};
  }

  Status call(Kind kind) {
    const std::string name(token_.raw);
    TRY(step());
    TRY(take_symbol("(", "( after " + name));
    const std::size_t column = token_.column;
    TRY_ASSIGN(const FactInfo* const info, fact());
    Node node{kind, {}, info->fact};
    if (kind != Kind::known) {
      if (info->type != FactType::text && info->type != FactType::version) {
        return selection_error(column, "expected a fact that is text in " + name + "(), and " +
                                           std::string(info->name) + " is " +
                                           std::string(type_in_words(info->type)));
      }
      TRY(take_symbol(",", ", and a text in double quotes"));
      if (token_.kind != Token::Kind::text) {
        return expected("a text in double quotes");
      }
      node.values.emplace_back(token_.text);
      TRY(step());
    }
    TRY(take_symbol(")", ")"));
    nodes.push_back(std::move(node));
    return {};
  }

  // The fact that the present word names; goes on behind it.
  Result<const FactInfo*> fact() {
    const FactInfo* const info = token_.kind == Token::Kind::word ? find_fact(token_.raw) : nullptr;
    if (info == nullptr && token_.kind != Token::Kind::word) {
      return expected("the name of a fact");
    }
    if (info == nullptr) {
      std::string hint = suggestion(token_.raw, names_of_facts());
      return selection_error(
          token_.column, "no fact has the name " + quoted_token(token_),
          hint.empty() ? "the facts are " + join(names_of_facts(), ", ") : std::move(hint));
    }
    if (std::ranges::find(facts, info->fact) == facts.end()) {
      facts.push_back(info->fact);
    }
    TRY(step());
    return info;
  }

  Result<Node::Value> value(const FactInfo& info) {
    Token token = token_;
    if (info.type == FactType::moment && is_word("ago")) {
      return ago();
    }
    const auto found = literal(info, token);
    if (!found) {
      return selection_error(token.column, "expected " + std::string(value_in_words(info.type)) +
                                               " for " + std::string(info.name) + ", and not " +
                                               quoted_token(token));
    }
    if (info.fact == Fact::platform) {
      TRY(check_platform(token));
    }
    TRY(step());
    return *found;
  }

  static std::optional<Node::Value> literal(const FactInfo& info, const Token& token) {
    const bool is_text = token.kind == Token::Kind::text;
    switch (info.type) {
      case FactType::text:
        return is_text ? std::optional<Node::Value>(token.text) : std::nullopt;
      case FactType::version:
        if (const auto version = is_text ? OsVersion::parse(token.text) : std::nullopt;
            version && token.text.find(' ') == std::string::npos) {
          return *version;
        }
        return std::nullopt;
      case FactType::yes_no:
        if (token.kind == Token::Kind::word && (token.raw == "true" || token.raw == "false")) {
          return token.raw == "true";
        }
        return std::nullopt;
      case FactType::number:
        return token.kind == Token::Kind::number ? number_of(token.raw) : std::nullopt;
      case FactType::moment:
        if (const auto time = parse_rfc3339(token.text); is_text && time) {
          return *time;
        }
        return std::nullopt;
    }
    return std::nullopt;
  }

  static std::optional<Node::Value> number_of(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional<Node::Value>(number) : std::nullopt;
  }

  Result<Node::Value> ago() {
    TRY(step());
    TRY(take_symbol("(", "( after ago"));
    const auto duration = token_.kind == Token::Kind::text ? parse_duration(token_.text)
                                                           : Result<std::chrono::seconds>(Error{});
    if (!duration) {
      return expected("a duration in double quotes, as \"7d\" or \"12h\"");
    }
    TRY(step());
    TRY(take_symbol(")", ")"));
    return Node::Value(*duration);
  }

  // There are few, and one that is misspelt would select nothing for ever.
  static Status check_platform(const Token& token) {
    std::vector<std::string> names(platform_names().begin(), platform_names().end());
    if (std::ranges::find(names, token.text) != names.end()) {
      return {};
    }
    return selection_error(
        token.column,
        "expected one of " + join(names, ", ") + " for platform, and not " + quoted_token(token),
        suggestion(token.text, names));
  }

  Status step() {
    TRY_ASSIGN(token_, scanner_.next());
    return {};
  }
  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return token_.kind == Token::Kind::symbol && token_.raw == symbol;
  }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && token_.raw == word;
  }
  Status take_symbol(std::string_view symbol, const std::string& what) {
    return is_symbol(symbol) ? step() : Status(expected(what));
  }
  // A fault of the scanner behind it is kept for take_fault.
  bool take_if(std::string_view symbol) {
    if (!is_symbol(symbol)) {
      return false;
    }
    fault_ = step();
    return fault_.has_value();
  }
  Status take_fault() { return std::exchange(fault_, Status()); }
  [[nodiscard]] Error expected(const std::string& what) const {
    return selection_error(token_.column, "expected " + what + ", and not " + quoted_token(token_));
  }

  SelectionScanner scanner_;
  Token token_;
  Status fault_;
  int depth_ = 0;
};

}  // namespace

Result<Selection> Selection::parse(std::string_view text) {
  if (text.size() > longest) {
    return Error{ErrorCode::malformed,
                 "read the selection: longer than " + std::to_string(longest) + " bytes",
                 "name many devices by their ids or serial numbers instead"};
  }
  if (!is_utf8(text)) {
    return Error{ErrorCode::malformed, "read the selection: not UTF-8"};
  }
  Parser parser(text);
  TRY(parser.run());
  return Selection(std::move(parser.nodes), std::move(parser.facts));
}

}  // namespace bramley
