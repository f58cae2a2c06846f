#include "server/store/sql_offers.h"

#include "server/store/delivery_state.h"

namespace bramley {
namespace {

// Commands settled or moved for one request: more would keep others waiting. What is left is done
// in the background.
constexpr int most_steps = 500;

// command_key, turn or position, expires_at, unanswered
using WaitingColumns = SqlTypes<SqlNumber, SqlNumber, std::optional<SqlNumber>, SqlNumber>;
struct FirstQueued {
  using In = SqlTypes<SqlNumber>;
  using Out = WaitingColumns;
  static constexpr std::string_view sql =
      "SELECT command_key, turn, expires_at, unanswered FROM queued WHERE enrollment_key = :key "
      "ORDER BY turn, command_key LIMIT 1";
};
struct FirstParked {
  using In = SqlTypes<SqlNumber>;
  using Out = WaitingColumns;
  static constexpr std::string_view sql =
      "SELECT command_key, position, expires_at, unanswered FROM parked "
      "WHERE enrollment_key = :key ORDER BY position LIMIT 1";
};
// Held ones have been parked last, so the first that is not held is near.
struct FirstReleased {
  using In = SqlTypes<SqlNumber>;
  using Out = WaitingColumns;
  static constexpr std::string_view sql =
      "SELECT command_key, position, expires_at, unanswered FROM parked "
      "WHERE enrollment_key = :key AND held = 0 ORDER BY position LIMIT 1";
};
struct LastIsHeld {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT held FROM parked WHERE enrollment_key = :key AND position < :first_stuck "
      "ORDER BY position DESC LIMIT 1";
};
struct ReleaseHeld {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE parked SET held = 0 WHERE enrollment_key = :key AND held = 1";
};
struct CommandBody {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT c.uuid, c.request_type, b.sealed FROM commands c "
      "JOIN command_bodies b ON b.command_key = c.command_key WHERE c.command_key = :key";
};
struct TurnOf {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT -priority FROM commands WHERE command_key = :command";
};
// Stuck ones take turns.
struct GoBehind {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE parked SET position = (SELECT MAX(position) + 1 FROM parked "
      "WHERE enrollment_key = :same) WHERE enrollment_key = :key AND position = :position";
};

struct Waiting {
  SqlNumber command_key;
  SqlNumber place;  // the turn, or the position of a parked one
  std::optional<SqlNumber> expires_at;
  SqlNumber unanswered;
  bool is_parked;

  [[nodiscard]] bool is_expired(SqlNumber now) const { return expires_at && *expires_at <= now; }
  [[nodiscard]] bool is_stuck() const { return is_parked && place >= first_stuck_position; }
};

template <class Query, class Sql>
std::optional<Waiting> first_of(Sql& sql, SqlNumber enrollment_key) {
  const auto row = sql.template one<Query>(enrollment_key);
  if (!row) {
    return std::nullopt;
  }
  const auto& [command_key, place, expires_at, unanswered] = *row;
  return Waiting{command_key, place, expires_at, unanswered, !std::is_same_v<Query, FirstQueued>};
}

template <class Sql>
std::optional<SealedOffer> offer_of(Sql& sql, SqlNumber enrollment_key, SqlNumber command_key) {
  auto row = sql.template one<CommandBody>(command_key);
  if (!row) {
    return std::nullopt;
  }
  auto& [uuid, request_type, sealed] = *row;
  return SealedOffer{{std::move(uuid), std::move(request_type), std::move(sealed)},
                     {enrollment_key, command_key}};
}

CommandPlace place_of(WriteTransaction& transaction, const Waiting& waiting) {
  if (!waiting.is_parked) {
    return {waiting.command_key, waiting.place};
  }
  const auto turn = transaction.one<TurnOf>(waiting.command_key);
  return {waiting.command_key, turn ? std::get<0>(*turn) : 0};
}

}  // namespace

Glance glance_at_queue(SqlConnection& sql, const OfferBuffer& offers, SqlNumber enrollment_key,
                       SqlNumber now) {
  Glance glance;
  auto first = first_of<FirstQueued>(sql, enrollment_key);
  if (!first) {
    first = first_of<FirstParked>(sql, enrollment_key);
  }
  if (!first) {
    glance.nothing_waits = true;
    return glance;
  }
  const auto last = sql.one<LastIsHeld>(enrollment_key, first_stuck_position);
  glance.holds = last && std::get<0>(*last) != 0;
  const auto unanswered = first->unanswered + offers.count({enrollment_key, first->command_key});
  glance.must_write =
      first->is_expired(now) || first->is_stuck() || unanswered >= deliveries_until_stuck;
  if (!glance.must_write) {
    glance.offer = offer_of(sql, enrollment_key, first->command_key);
  }
  return glance;
}

std::optional<SealedOffer> next_offer(WriteTransaction& transaction, const OfferBuffer& offers,
                                      SqlNumber enrollment_key, Parked parked, SqlNumber now) {
  for (int step = 0; step < most_steps; ++step) {
    auto first = first_of<FirstQueued>(transaction, enrollment_key);
    if (!first && parked == Parked::included) {
      first = first_of<FirstReleased>(transaction, enrollment_key);
    }
    if (!first) {
      return std::nullopt;
    }
    const auto unanswered = first->unanswered + offers.count({enrollment_key, first->command_key});
    if (first->is_expired(now)) {
      settle_unanswered(transaction, enrollment_key, place_of(transaction, *first),
                        CommandState::expired, now);
    } else if (first->is_stuck()) {
      transaction.run<GoBehind>(enrollment_key, enrollment_key, first->place);
      return offer_of(transaction, enrollment_key, first->command_key);
    } else if (unanswered >= deliveries_until_stuck) {
      make_stuck(transaction, enrollment_key, place_of(transaction, *first), first->expires_at,
                 first->unanswered);
    } else {
      return offer_of(transaction, enrollment_key, first->command_key);
    }
  }
  return std::nullopt;
}

void release_held(WriteTransaction& transaction, SqlNumber enrollment_key) {
  transaction.run<ReleaseHeld>(enrollment_key);
}

}  // namespace bramley
