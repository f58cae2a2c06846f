#include "server/http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

namespace bramley {
namespace {

class Task : public Job {
 public:
  explicit Task(std::function<void()> body) : body_(std::move(body)) {}
  void run() override { body_(); }

 private:
  std::function<void()> body_;
};

void submit(WorkerPool& pool, std::function<void()> body) {
  pool.submit(std::make_shared<Task>(std::move(body)));
}

TEST(WorkerPool, RunsEveryJobOnce) {
  std::atomic<int> ran = 0;
  std::promise<void> all;
  WorkerPool pool("test", 4);
  std::vector<std::thread> submitters;
  for (int i = 0; i < 4; ++i) {
    submitters.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) {
        submit(pool, [&] {
          if (++ran == 20'000) {
            all.set_value();
          }
        });
      }
    });
  }
  for (auto& submitter : submitters) {
    submitter.join();
  }
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  pool.stop();
  EXPECT_EQ(ran, 20'000);
}

// Each job waits for the last one: they get through only if as many threads come as are allowed.
TEST(WorkerPool, BlockedJobsDoNotBlockOthers) {
  WorkerPool pool("test", 8);
  std::promise<void> last_came;
  const std::shared_future<void> came = last_came.get_future().share();
  std::atomic<int> through = 0;
  for (int i = 0; i < 7; ++i) {
    submit(pool, [&, came] {
      came.wait();
      ++through;
    });
  }
  submit(pool, [&] { last_came.set_value(); });
  ASSERT_EQ(came.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  pool.stop();
  EXPECT_EQ(through, 7);
}

// The same with long pauses between the jobs, so that every thread was asleep.
TEST(WorkerPool, SleepersAreCalledOneAfterTheOther) {
  WorkerPool pool("test", 3);
  for (int round = 0; round < 20; ++round) {
    std::promise<void> last_came;
    const std::shared_future<void> came = last_came.get_future().share();
    submit(pool, [came] { came.wait(); });
    submit(pool, [came] { came.wait(); });
    submit(pool, [&] { last_came.set_value(); });
    ASSERT_EQ(came.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST(WorkerPool, StopWaitsForRunningJobsAndForgetsTheRest) {
  WorkerPool pool("test", 1);
  std::atomic<int> ran = 0;
  std::promise<void> begun;
  submit(pool, [&] {
    begun.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ++ran;
  });
  submit(pool, [&] { ran += 100; });
  begun.get_future().wait();
  pool.stop();
  EXPECT_EQ(ran, 1);
  submit(pool, [&] { ran += 100; });
  pool.stop();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace bramley
