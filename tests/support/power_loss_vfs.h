#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace bramley {

// A disk with a cache that loses its power. SQLite reads and writes real files through it; what was
// written since a file's last sync is remembered, and when the power fails, each sector of it
// survives or not by chance, whatever the order in which it was written. A file that was made and
// never synced may vanish, one that was deleted may be back until the directory is synced, which
// the first sync of a new file does.
class PowerLossVfs {
 public:
  // Registered with SQLite under `name` for as long as it lives.
  PowerLossVfs(std::string name, std::uint64_t seed);
  PowerLossVfs(const PowerLossVfs&) = delete;
  PowerLossVfs& operator=(const PowerLossVfs&) = delete;
  ~PowerLossVfs();

  // The power fails at the n-th write, sync, truncation or deletion from now, in the middle of it.
  // From then on everything is an I/O error.
  void fail_after(std::int64_t operations);
  // It fails now.
  void fail();
  [[nodiscard]] bool has_failed() const;
  // Puts onto the disk what had survived, and lets SQLite work again. No file may be open.
  void restore();

  // Every write fails with this SQLite code (SQLITE_FULL, SQLITE_IOERR); 0: they work again.
  void refuse_writes(int code);
  // How long each sync takes from now on.
  void take_for_each_sync(std::chrono::milliseconds duration);
  [[nodiscard]] std::int64_t syncs() const;
  [[nodiscard]] std::int64_t operations() const;

  // The rest is for the functions that SQLite calls.
  struct Change {
    std::int64_t offset = 0;
    std::string before;  // shorter than `after` where the file grew
    std::string after;
    // A truncation to `offset`: `before` is what was cut off.
    bool truncates = false;
  };
  struct DiskFile {
    std::vector<Change> unsynced;
    bool never_synced = false;
  };
  // What SQLite must answer before doing anything: 0 to go on.
  int begin_operation();
  int begin_read() const;
  int write_refusal() const;
  void record(const std::string& path, Change change);
  void record_creation(const std::string& path);
  void record_sync(const std::string& path);
  void record_deletion(const std::string& path, bool directory_synced);
  [[nodiscard]] sqlite3_vfs* real() const { return real_; }
  mutable std::recursive_mutex mutex;

 private:
  void cut();
  [[nodiscard]] std::string surviving(std::string content, const std::vector<Change>& changes);
  bool by_chance() { return (random_() & 1U) != 0; }

  std::string name_;
  sqlite3_vfs* real_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::mt19937_64 random_;
  std::map<std::string, DiskFile> files_;
  std::map<std::string, std::string> deleted_;
  // What the disk holds after the failure; no content: no file.
  std::map<std::string, std::optional<std::string>> survived_;
  std::int64_t remaining_ = -1;
  std::int64_t syncs_ = 0;
  std::int64_t operations_ = 0;
  bool failed_ = false;
  int refusal_ = 0;
  std::chrono::milliseconds sync_duration_{0};
};

}  // namespace bramley
