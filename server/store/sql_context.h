#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/crypto/sealer.h"
#include "server/store/offer_buffer.h"
#include "server/store/reader_pool.h"
#include "server/store/seen_buffer.h"
#include "server/store/sql_writer.h"
#include "server/store/store_caches.h"

namespace bramley {

// What the ports of one SQL store share.
struct SqlContext {
  SqlWriter& writer;
  const ReaderPool& readers;
  const Sealer& sealer;
  IdleCache& idle;
  BindingCache& bindings;
  DismissalCache& dismissals;
  SeenBuffer& seen;
  OfferBuffer& offers;
  SeenBuffer& tokens_used;
};

// Sealed bytes as a column takes them.
Result<std::string> seal_column(const Sealer& sealer, ByteView plain, std::string_view context);
// unavailable: the data key is another one, or the row is damaged. Never `unauthenticated`, which
// at the devices' door would blame the device.
Result<SecretBytes> open_column(const Sealer& sealer, std::string_view column,
                                std::string_view context);

}  // namespace bramley
