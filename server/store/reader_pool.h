#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "server/store/sql_connection.h"
#include "server/store/store_metrics.h"

namespace bramley {

// A few read-only connections, lent to one thread at a time. Each statement sees what was committed
// before it began.
class ReaderPool {
 public:
  explicit ReaderPool(std::vector<std::unique_ptr<SqlConnection>> connections,
                      Metrics& metrics = no_metrics());

  // Waits for a connection and runs `work(SqlConnection&)`, which returns a Result.
  template <class Work>
  auto read(std::string_view activity, const Work& work) const {
    const Loan loan(*this);
    return fenced(loan.connection().dialect(), activity, [&] { return work(loan.connection()); });
  }

 private:
  class Loan {
   public:
    explicit Loan(const ReaderPool& pool) : pool_(pool), connection_(pool.take()) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { pool_.give_back(connection_); }
    [[nodiscard]] SqlConnection& connection() const { return *connection_; }

   private:
    const ReaderPool& pool_;
    SqlConnection* connection_;
  };

  SqlConnection* take() const;
  void give_back(SqlConnection* connection) const;

  std::vector<std::unique_ptr<SqlConnection>> connections_;
  mutable std::mutex mutex_;
  mutable std::condition_variable returned_;
  mutable std::vector<SqlConnection*> free_;
  MetricHistogram& wait_seconds_;
};

}  // namespace bramley
