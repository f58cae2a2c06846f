#include "server/store/sql_connection.h"

#include <atomic>

namespace bramley {

SqlConnection::SqlConnection(std::unique_ptr<soci::session> session, const SqlDialect& dialect)
    : dialect_(dialect), session_(std::move(session)) {}

void SqlConnection::execute(std::string_view sql) {
  *session_ << dialect_.translate(sql);
}

std::string SqlConnection::text_of_query(std::string_view sql) {
  std::string text;
  soci::indicator indicator = soci::i_ok;
  *session_ << dialect_.translate(sql), soci::into(text, indicator);
  return text;
}

long long SqlConnection::number_of_query(std::string_view sql) {
  long long number = 0;
  soci::indicator indicator = soci::i_ok;
  *session_ << dialect_.translate(sql), soci::into(number, indicator);
  return number;
}

long long SqlConnection::last_key(const std::string& table) {
  long long key = 0;
  session_->get_last_insert_id(table, key);
  return key;
}

std::size_t SqlConnection::next_number() {
  static std::atomic<std::size_t> last{0};
  return last++;
}

}  // namespace bramley
