#pragma once

// Private to the listener.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bramley {

class Job {
 public:
  virtual ~Job() = default;
  // Must not throw.
  virtual void run() = 0;
};

// Threads that run jobs which may block; started as they are needed, up to a number. At most one
// thread is on its way to work at a time, and it calls the next if there is more to do: under load
// the jobs are taken by threads that run anyway, and few are woken for nothing.
class WorkerPool {
 public:
  // `name` is what the system shows for its threads: 15 characters at most. The first thread is
  // started here: std::system_error if there is none to be had.
  WorkerPool(std::string name, std::size_t most_threads);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool() { stop(); }

  void submit(std::shared_ptr<Job> job);
  // Waits for the jobs that run and forgets those that wait. Idempotent; later jobs are forgotten
  // too. Not from one of its own threads.
  void stop();

 private:
  enum class Arrival { from_a_job, called };

  enum class Call { nobody, sleeper };

  // With mutex_ held. A sleeper is called after it is released: else it would wake only to wait for
  // the lock.
  [[nodiscard]] Call whom_to_call();
  void start_one();
  void work();
  std::shared_ptr<Job> next_job(Arrival arrival);

  const std::string name_;
  const std::size_t most_threads_;
  std::mutex mutex_;
  std::condition_variable called_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::thread> threads_;
  std::size_t asleep_ = 0;
  bool calling_ = false;  // one was called and has not arrived
  bool stopping_ = false;
};

}  // namespace bramley
