#include "server/store/store_metrics.h"

namespace bramley {
namespace {

const std::vector<double>& seconds() {
  static const std::vector<double> bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                             0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};
  return bounds;
}

}  // namespace

StoreMetrics::StoreMetrics(Metrics& metrics)
    : group_size(metrics.histogram(
          {"bramley_store_group_size", "Pieces of work that were committed together."},
          {1, 2, 4, 8, 16, 32, 64, 128, 256})),
      transaction_seconds(metrics.histogram(
          {"bramley_store_transaction_seconds", "Time of write transactions, commit included."},
          seconds())),
      commit_seconds(metrics.histogram(
          {"bramley_store_commit_seconds", "Time of commits alone: what the disk takes."},
          seconds())),
      failures(metrics.counter(
          {"bramley_store_failures_total", "Write transactions that the database refused."})),
      reader_wait_seconds(
          metrics.histogram({"bramley_store_reader_wait_seconds",
                             "Time that reads waited for a connection; 0 when one was free."},
                            {0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5})) {}

}  // namespace bramley
