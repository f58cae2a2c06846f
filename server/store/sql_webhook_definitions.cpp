// The part of SqlEvents that has the webhooks of the API; how far each is: sql_webhooks.cpp.

#include "server/store/sql_events.h"
#include "server/store/sql_values.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

static_assert(static_cast<int>(WebhookFormat::nanomdm) == 0);
static_assert(static_cast<int>(WebhookFormat::micromdm) == 1);

struct AllDefinitions {
  using In = SqlTypes<>;
  using Out =
      SqlTypes<SqlText, SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT w.id, d.name, w.url, d.format, d.redact, d.idle, d.hmac_key, d.revision "
      "FROM webhook_definitions d JOIN webhooks w ON w.id = d.webhook_id "
      "ORDER BY d.definition_key";
};
struct CountDefinitions {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT COUNT(*) FROM webhook_definitions";
};
struct OthersOfName {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT definition_key FROM webhook_definitions WHERE name = :name AND webhook_id <> :id";
};
struct OthersOfUrl {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT d.definition_key FROM webhook_definitions d JOIN webhooks w ON w.id = d.webhook_id "
      "WHERE w.url = :url AND w.id <> :id";
};
struct InsertState {
  using In = SqlTypes<SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO webhooks (id, url, position, paused, used_at, claimed_by, claimed_until, "
      "last_error) VALUES (:id, :url, (SELECT COALESCE(MAX(event_key), 0) FROM events), 0, :now, "
      "'', 0, '')";
};
struct InsertDefinition {
  using In = SqlTypes<SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO webhook_definitions (webhook_id, name, format, redact, idle, hmac_key, "
      "revision) VALUES (:id, :name, :format, :redact, :idle, :key, 1)";
};
struct UpdateDefinition {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber, SqlNumber, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhook_definitions SET name = :name, format = :format, redact = :redact, "
      "idle = :idle, hmac_key = :key, revision = revision + 1 WHERE webhook_id = :id";
};
struct UpdateUrl {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "UPDATE webhooks SET url = :url WHERE id = :id";
};
struct DeleteDefinition {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM webhook_definitions WHERE webhook_id = :id";
};
// No event is kept for it any more.
struct MarkRemoved {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET removed_at = :now, used_at = -1 WHERE id = :id";
};
struct NoteDefinedUse {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET used_at = :now WHERE id IN (SELECT webhook_id FROM "
      "webhook_definitions)";
};
struct FirstRemoved {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT webhook_key FROM webhooks WHERE removed_at IS NOT NULL ORDER BY webhook_key LIMIT 1";
};
struct SomeHeld {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT event_key FROM held_events WHERE webhook_key = :webhook LIMIT :limit";
};
struct DropHeld {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM held_events WHERE event_key = :event AND webhook_key = :webhook";
};
struct DropWebhook {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM webhooks WHERE webhook_key = :webhook";
};

std::string key_context(const std::string& id) {
  return "webhook_key/" + id;
}

Result<std::string> sealed_key(const Sealer& sealer, const WebhookDefinition& webhook) {
  return webhook.hmac_key ? seal_column(sealer, webhook.hmac_key->reveal(), key_context(webhook.id))
                          : Result(std::string());
}

Status check_unique(WriteTransaction& transaction, const WebhookDefinition& webhook) {
  if (transaction.one<OthersOfName>(webhook.name, webhook.id)) {
    return webhook_exists("name", webhook.name);
  }
  return transaction.one<OthersOfUrl>(webhook.url, webhook.id)
             ? Status(webhook_exists("URL", webhook.url))
             : Status();
}

SqlNumber number(bool value) {
  return value ? 1 : 0;
}

}  // namespace

Status SqlEvents::add_webhook(const WebhookDefinition& webhook, Timestamp now, std::size_t most) {
  TRY_ASSIGN(const auto key, sealed_key(context_.sealer, webhook));
  return context_.writer.write("add webhook", [&](WriteTransaction& transaction) -> Status {
    TRY(check_unique(transaction, webhook));
    const auto count = transaction.one<CountDefinitions>();
    if (count && std::get<0>(*count) >= static_cast<SqlNumber>(most)) {
      return too_many_webhooks(most);
    }
    transaction.run<InsertState>(webhook.id, webhook.url, seconds_of(now));
    transaction.run<InsertDefinition>(webhook.id, webhook.name, number_of(webhook.format),
                                      number(webhook.redact), number(webhook.idle), key);
    return {};
  });
}

Status SqlEvents::change_webhook(const WebhookDefinition& webhook) {
  TRY_ASSIGN(const auto key, sealed_key(context_.sealer, webhook));
  return context_.writer.write("change webhook", [&](WriteTransaction& transaction) -> Status {
    TRY(check_unique(transaction, webhook));
    if (transaction.run<UpdateDefinition>(webhook.name, number_of(webhook.format),
                                          number(webhook.redact), number(webhook.idle), key,
                                          webhook.id) == 0) {
      return no_webhook(webhook.id);
    }
    transaction.run<UpdateUrl>(webhook.url, webhook.id);
    return {};
  });
}

Status SqlEvents::remove_webhook(std::string_view id, Timestamp now) {
  const std::string name(id);
  return context_.writer.write("remove webhook", [&](WriteTransaction& transaction) -> Status {
    if (transaction.run<DeleteDefinition>(name) == 0) {
      return no_webhook(name);
    }
    transaction.run<MarkRemoved>(seconds_of(now), name);
    return {};
  });
}

Result<std::vector<WebhookDefinition>> SqlEvents::webhook_definitions() const {
  std::vector<AllDefinitions::Out> rows;
  TRY(context_.readers.read("list webhook definitions", [&](SqlConnection& sql) -> Status {
    sql.each<AllDefinitions>([&](AllDefinitions::Out row) { rows.push_back(std::move(row)); });
    return {};
  }));
  std::vector<WebhookDefinition> webhooks;
  for (auto& [id, name, url, format, redact, idle, sealed, revision] : rows) {
    WebhookDefinition webhook{.id = std::move(id),
                              .name = std::move(name),
                              .url = std::move(url),
                              .format = enum_of<WebhookFormat>(format),
                              .redact = redact != 0,
                              .idle = idle != 0,
                              .revision = revision};
    if (!sealed.empty()) {
      TRY_ASSIGN(auto key, open_column(context_.sealer, sealed, key_context(webhook.id)));
      webhook.hmac_key = std::make_shared<const SecretBytes>(std::move(key));
    }
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

Status SqlEvents::use_defined_webhooks(Timestamp now) {
  TRY_ASSIGN(const auto count, context_.readers.read("count webhooks", [](SqlConnection& sql) {
    return Result(sql.one<CountDefinitions>());
  }));
  if (!count || std::get<0>(*count) == 0) {
    return {};
  }
  return context_.writer.write("use webhooks", [&](WriteTransaction& transaction) -> Status {
    transaction.run<NoteDefinedUse>(seconds_of(now));
    return {};
  });
}

Result<std::int64_t> SqlEvents::sweep_webhooks(std::int64_t limit) {
  // Looked for first where it keeps nobody waiting.
  TRY_ASSIGN(const auto found,
             context_.readers.read("find removed webhooks", [](SqlConnection& sql) {
               return Result(sql.one<FirstRemoved>());
             }));
  if (!found) {
    return 0;
  }
  std::int64_t removed = 0;
  TRY(context_.writer.write("drop what waited", [&](WriteTransaction& transaction) -> Status {
    removed = 0;
    const auto webhook = std::get<0>(*found);
    std::vector<SqlNumber> events;
    transaction.each<SomeHeld>([&](SqlTypes<SqlNumber> row) { events.push_back(std::get<0>(row)); },
                               webhook, limit);
    for (const auto event : events) {
      removed += transaction.run<DropHeld>(event, webhook);
    }
    if (static_cast<std::int64_t>(events.size()) < limit) {
      transaction.run<DropWebhook>(webhook);
    }
    return {};
  }));
  return removed;
}

}  // namespace bramley
