#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "server/store/sql_writer.h"
#include "server/store/store_metrics.h"

namespace bramley {

// The one thread that writes to a SQLite file. What gathers while a commit is on its way to the
// disk goes into the next transaction together, each piece in a savepoint, and is synced once.
class SqliteWriter : public SqlWriter {
 public:
  struct Options {
    // How many pieces one transaction may have: bounds how long the first one waits.
    std::size_t largest_group = 256;
    // Written about this often, and at the end. Borrowed; may be null.
    BufferedWrites* buffered = nullptr;
    std::chrono::milliseconds buffered_period{5000};
    // Called after each commit, or attempt at one, before anybody is woken.
    std::function<void(const std::vector<std::string>& touched)> committed;
    Metrics* metrics = &no_metrics();
  };

  // The connection is borrowed, and nobody else's as long as this lives.
  SqliteWriter(SqlConnection& connection, Options options, Log& log);
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;
  // Finishes what was handed in. Nobody may call `write` any more.
  ~SqliteWriter() override;

  Status write(std::string_view activity, const WriteWork& work) override;

 private:
  struct Job;
  using Group = std::vector<Job*>;

  void serve();
  // Waits for work or the time of the buffered writes. Empty at that time, or at the end.
  Group next_group();
  void run_group(const Group& group);
  // done: committed. not_begun, failed: SQLite failed, nothing of the group happened, and `failure`
  // says why; only `failed` can have been the fault of a piece of it.
  enum class Attempt { done, not_begun, failed };
  Attempt try_group(const Group& group, Error& failure);
  void commit(const Group& group);
  void run_job(WriteTransaction& transaction, Job& job, bool in_savepoint);
  void roll_back();
  // True: more remains.
  bool write_buffered();
  bool is_done();
  void report(const Error& failure);

  SqlConnection& connection_;
  Options options_;
  Log& log_;
  const StoreMetrics metrics_;
  // These two belong to the thread.
  bool failing_ = false;
  std::chrono::steady_clock::time_point buffered_due_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job*> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bramley
