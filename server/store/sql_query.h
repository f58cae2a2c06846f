#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace bramley {

// The column types of our statements. An optional one may be NULL.
using SqlNumber = long long;
using SqlText = std::string;  // binary columns too
template <class... Types>
using SqlTypes = std::tuple<Types...>;

// One bound variable. SOCI remembers its address for as long as the statement lives.
template <class T>
struct SqlCell {
  T value{};
  soci::indicator indicator = soci::i_ok;
  void set(T next) { value = std::move(next); }
  T take() { return std::move(value); }
  void forget() { value = T{}; }
};
template <class T>
struct SqlCell<std::optional<T>> {
  T value{};
  soci::indicator indicator = soci::i_ok;
  void set(std::optional<T> next) {
    indicator = next ? soci::i_ok : soci::i_null;
    value = next ? *std::move(next) : T{};
  }
  std::optional<T> take() {
    return indicator == soci::i_null ? std::nullopt : std::optional<T>(std::move(value));
  }
  void forget() { value = T{}; }
};

template <class Types>
struct SqlCells;
template <class... Types>
struct SqlCells<std::tuple<Types...>> {
  using type = std::tuple<SqlCell<Types>...>;
};

class SqlStatement {
 public:
  virtual ~SqlStatement() = default;
};

// A statement prepared once and kept. `Query` names its text `sql` and the types In and Out.
// A kept SELECT that was not read to its end holds its snapshot open, which blocks checkpoints and
// later writes on the connection: so every one is drained, whatever happens.
template <class Query>
class SqlQuery : public SqlStatement {
 public:
  using Row = typename Query::Out;

  SqlQuery(soci::session& session, const std::string& sql) : statement_(session) {
    std::apply(
        [this](auto&... cell) {
          (statement_.exchange(soci::use(cell.value, cell.indicator)), ...);
        },
        in_);
    std::apply(
        [this](auto&... cell) {
          (statement_.exchange(soci::into(cell.value, cell.indicator)), ...);
        },
        out_);
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
  }

  // Rows that an INSERT, UPDATE or DELETE touched.
  long long run(typename Query::In parameters) {
    bind(std::move(parameters));
    statement_.execute(true);
    const auto affected = statement_.get_affected_rows();
    forget_large();
    return affected;
  }

  // The first row, if any.
  std::optional<Row> one(typename Query::In parameters) {
    std::optional<Row> row;
    const Drain drain(*this);
    bind(std::move(parameters));
    if (statement_.execute(true)) {
      row = take_row();
    }
    return row;
  }

  // Calls `on_row(Row)` for each.
  template <class OnRow>
  void each(typename Query::In parameters, const OnRow& on_row) {
    const Drain drain(*this);
    bind(std::move(parameters));
    for (bool more = statement_.execute(true); more; more = statement_.fetch()) {
      on_row(take_row());
    }
  }

 private:
  class Drain {
   public:
    explicit Drain(SqlQuery& query) : query_(query) {}
    Drain(const Drain&) = delete;
    Drain& operator=(const Drain&) = delete;
    ~Drain() {
      try {
        while (query_.statement_.fetch()) {
        }
      } catch (const soci::soci_error&) {  // NOLINT(bugprone-empty-catch)
        // The step that failed has reset the statement.
      }
      query_.forget_large();
    }

   private:
    SqlQuery& query_;
  };

  void bind(typename Query::In parameters) {
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      // Each takes its own element. NOLINTNEXTLINE(bugprone-use-after-move)
      (std::get<Index>(in_).set(std::get<Index>(std::move(parameters))), ...);
    }(std::make_index_sequence<std::tuple_size_v<typename Query::In>>());
  }

  Row take_row() {
    return std::apply([](auto&... cell) { return Row(cell.take()...); }, out_);
  }

  // A report of many megabytes must not stay in memory until the next one comes.
  void forget_large() {
    std::apply([](auto&... cell) { (forget_if_large(cell), ...); }, in_);
  }
  template <class Cell>
  static void forget_if_large(Cell& cell) {
    if constexpr (std::is_same_v<decltype(cell.value), std::string>) {
      if (cell.value.capacity() > (64U << 10U)) {
        cell.forget();
      }
    }
  }

  typename SqlCells<typename Query::In>::type in_;
  typename SqlCells<typename Query::Out>::type out_;
  soci::statement statement_;
};

}  // namespace bramley
