#include "server/http/worker_pool.h"

#include <system_error>
#include <utility>

#include "server/http/listener_thread.h"

namespace bramley {

WorkerPool::WorkerPool(std::string name, std::size_t most_threads)
    : name_(std::move(name)), most_threads_(most_threads) {
  const std::lock_guard lock(mutex_);
  start_one();
}

void WorkerPool::submit(std::shared_ptr<Job> job) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    return;
  }
  queue_.push_back(std::move(job));
  const Call call = whom_to_call();
  lock.unlock();
  if (call == Call::sleeper) {
    called_.notify_one();
  }
}

void WorkerPool::stop() {
  std::vector<std::thread> threads;
  std::deque<std::shared_ptr<Job>> forgotten;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    forgotten.swap(queue_);
    called_.notify_all();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

WorkerPool::Call WorkerPool::whom_to_call() {
  if (calling_ || queue_.empty()) {
    return Call::nobody;
  }
  if (asleep_ > 0) {
    calling_ = true;
    return Call::sleeper;
  }
  if (threads_.size() < most_threads_) {
    try {
      start_one();
    } catch (const std::system_error&) {
      // Those that we have must do.
    }
  }
  return Call::nobody;  // all are at work: the first that is done takes it
}

void WorkerPool::start_one() {
  threads_.push_back(start_thread(name_, [this] { work(); }));
  calling_ = true;
}

void WorkerPool::work() {
  Arrival arrival = Arrival::called;
  while (const std::shared_ptr<Job> job = next_job(arrival)) {
    job->run();
    arrival = Arrival::from_a_job;
  }
}

std::shared_ptr<Job> WorkerPool::next_job(Arrival arrival) {
  std::unique_lock lock(mutex_);
  while (queue_.empty() && !stopping_) {
    if (arrival == Arrival::called) {
      calling_ = false;  // somebody else took what we were called for
    }
    ++asleep_;
    called_.wait(lock);
    --asleep_;
    arrival = Arrival::called;
  }
  if (arrival == Arrival::called) {
    calling_ = false;
  }
  if (stopping_) {
    return nullptr;
  }
  std::shared_ptr<Job> job = std::move(queue_.front());
  queue_.pop_front();
  const Call call = whom_to_call();
  lock.unlock();
  if (call == Call::sleeper) {
    called_.notify_one();
  }
  return job;
}

}  // namespace bramley
