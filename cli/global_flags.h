#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "cli/command_tree.h"

namespace bramley {

// Flags that every command takes.
struct GlobalFlags {
  bool help = false;
  bool version = false;
  std::string output = "table";
  std::string server;
  SecretReference token;
  std::string context;
  std::filesystem::path config;
  std::filesystem::path ca_file;
  std::chrono::seconds timeout{60};
};

// Declares them on the root of the tree.
void add_global_flags(CommandNode& root, GlobalFlags& flags);

// The ones that only matter to commands that talk to a server.
bool is_connection_flag(const Flag& flag);

}  // namespace bramley
