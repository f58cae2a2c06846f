#include "server/store/sqlite_writer.h"

#include <algorithm>

namespace bramley {
namespace {

struct Begin {
  using In = SqlTypes<>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "BEGIN IMMEDIATE";
};
struct Commit {
  using In = SqlTypes<>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "COMMIT";
};
struct RollBack {
  using In = SqlTypes<>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "ROLLBACK";
};
struct SetSavepoint {
  using In = SqlTypes<>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "SAVEPOINT job";
};
struct KeepSavepoint {
  using In = SqlTypes<>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "RELEASE job";
};
struct UndoSavepoint {
  using In = SqlTypes<>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "ROLLBACK TO job";
};

}  // namespace

// Lives on the caller's stack while the caller waits for it.
struct SqliteWriter::Job {
  std::string_view activity;
  const WriteWork& work;
  Status outcome = {};
  std::mutex mutex = {};
  std::condition_variable settled = {};
  bool is_settled = false;

  void wait() {
    std::unique_lock lock(mutex);
    settled.wait(lock, [this] { return is_settled; });
  }
  void settle() {
    // Notified under the lock: the caller destroys this as soon as it gets the lock.
    const std::lock_guard lock(mutex);
    is_settled = true;
    settled.notify_one();
  }
};

SqliteWriter::SqliteWriter(SqlConnection& connection, Options options, Log& log)
    : connection_(connection),
      options_(std::move(options)),
      log_(log),
      metrics_(*options_.metrics),
      buffered_due_(std::chrono::steady_clock::now() + options_.buffered_period) {
  thread_ = std::thread([this] { serve(); });
}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

Status SqliteWriter::write(std::string_view activity, const WriteWork& work) {
  Job job{.activity = activity, .work = work};
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&job);
  }
  arrived_.notify_one();
  job.wait();
  return std::move(job.outcome);
}

void SqliteWriter::serve() {
  bool done = false;
  while (!done) {
    const auto group = next_group();
    if (!group.empty()) {
      run_group(group);
    }
    done = is_done();
    if (done || std::chrono::steady_clock::now() >= buffered_due_) {
      const bool more = write_buffered();
      done = done && !more;
      buffered_due_ = std::chrono::steady_clock::now() +
                      (more ? std::chrono::milliseconds(0) : options_.buffered_period);
    }
  }
}

bool SqliteWriter::is_done() {
  const std::lock_guard lock(mutex_);
  return stopping_ && waiting_.empty();
}

SqliteWriter::Group SqliteWriter::next_group() {
  std::unique_lock lock(mutex_);
  arrived_.wait_until(lock, buffered_due_, [this] { return stopping_ || !waiting_.empty(); });
  const auto size = std::min(waiting_.size(), options_.largest_group);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
  Group group(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return group;
}

void SqliteWriter::run_group(const Group& group) {
  Error failure;
  const Attempt attempt = try_group(group, failure);
  if (attempt == Attempt::done) {
    if (failing_) {
      log_.info("database writes work again");
      failing_ = false;
    }
    for (auto* const job : group) {
      job->settle();
    }
    return;
  }
  if (attempt == Attempt::failed && group.size() > 1) {
    // One piece may have spoilt it for the others, and after some failures SQLite has rolled back
    // the whole transaction: each gets one of its own.
    for (auto* const job : group) {
      run_group({job});
    }
    return;
  }
  report(failure);
  for (auto* const job : group) {
    job->outcome = Error(failure).while_doing(job->activity);
    job->settle();
  }
}

SqliteWriter::Attempt SqliteWriter::try_group(const Group& group, Error& failure) {
  WriteTransaction transaction(connection_);
  bool begun = false;
  const auto started = std::chrono::steady_clock::now();
  const auto attempt = fenced(connection_.dialect(), "write to the database", [&]() -> Status {
    connection_.run<Begin>();
    begun = true;
    for (auto* const job : group) {
      run_job(transaction, *job, group.size() > 1);
    }
    commit(group);
    return {};
  });
  metrics_.transaction_seconds.observe(seconds_since(started));
  if (!attempt.has_value()) {
    metrics_.failures.add();
    roll_back();
    failure = attempt.error();
  }
  if (options_.committed) {
    options_.committed(transaction.touched());
  }
  if (attempt.has_value()) {
    return Attempt::done;
  }
  return begun ? Attempt::failed : Attempt::not_begun;
}

void SqliteWriter::commit(const Group& group) {
  if (group.size() == 1 && !group.front()->outcome.has_value()) {
    connection_.run<RollBack>();
    return;
  }
  const auto started = std::chrono::steady_clock::now();
  connection_.run<Commit>();
  metrics_.commit_seconds.observe(seconds_since(started));
  metrics_.group_size.observe(static_cast<double>(group.size()));
}

void SqliteWriter::run_job(WriteTransaction& transaction, Job& job, bool in_savepoint) {
  if (in_savepoint) {
    connection_.run<SetSavepoint>();
  }
  job.outcome = job.work(transaction);
  if (!in_savepoint) {
    return;
  }
  if (!job.outcome.has_value()) {
    connection_.run<UndoSavepoint>();
  }
  connection_.run<KeepSavepoint>();
}

void SqliteWriter::roll_back() {
  // It fails when SQLite has rolled back by itself, or BEGIN was what failed.
  (void)fenced(connection_.dialect(), "roll back", [&]() -> Status {
    connection_.run<RollBack>();
    return {};
  });
}

bool SqliteWriter::write_buffered() {
  if (options_.buffered == nullptr) {
    return false;
  }
  bool more = false;
  const WriteWork work = [&](WriteTransaction& transaction) -> Status {
    more = options_.buffered->write_some(transaction);
    return {};
  };
  Job job{.activity = "write what is buffered", .work = work};
  run_group({&job});
  if (!job.outcome.has_value()) {
    return false;
  }
  options_.buffered->written();
  return more;
}

void SqliteWriter::report(const Error& failure) {
  if (!failing_) {
    failing_ = true;
    log_.error("a database write failed", {{"error", failure.message}, {"hint", failure.hint}});
  }
}

}  // namespace bramley
