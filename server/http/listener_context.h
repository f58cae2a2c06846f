#pragma once

// Private to the listener.

#include <algorithm>
#include <atomic>

#include "core/base/log.h"
#include "core/base/random.h"
#include "server/http/listener.h"
#include "server/http/listener_registry.h"
#include "server/http/trace_id.h"
#include "server/http/worker_pool.h"

namespace bramley {

// What the connections of one listener share. Outlives them.
struct ListenerContext {
  // Streams wait for their next piece: apart from the workers, they cannot keep devices waiting.
  static constexpr std::size_t stream_threads = 32;

  ListenerContext(ListenerOptions listener_options, HttpHandler& request_handler, Log& listener_log,
                  Random& random)
      : options(std::move(listener_options)),
        handler(request_handler),
        log(listener_log),
        trace_ids(random),
        workers("http-worker", static_cast<std::size_t>(std::max(1, options.worker_threads))),
        streamers("http-stream", stream_threads) {}

  const ListenerOptions options;
  HttpHandler& handler;
  Log& log;
  TraceIds trace_ids;
  ConnectionRegistry connections;
  std::atomic<bool> draining = false;
  WorkerPool workers;
  WorkerPool streamers;
};

}  // namespace bramley
