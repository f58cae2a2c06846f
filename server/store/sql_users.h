#pragma once

#include "server/store/sql_writer.h"

namespace bramley {

// The digest authentication of user channels. Private to the folder.
void put_challenge(WriteTransaction& transaction, SqlNumber enrollment_key,
                   const std::string& nonce, SqlNumber expires_at);
void forget_challenge(WriteTransaction& transaction, SqlNumber enrollment_key);

}  // namespace bramley
