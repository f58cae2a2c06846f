#include "tests/support/power_loss_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <new>
#include <thread>

namespace bramley {
namespace {

constexpr std::size_t sector_size = 512;

// What SQLite thinks is its file: ours in front, the real one behind it in the same allocation.
struct ShimFile {
  sqlite3_file base;
  sqlite3_file* real;
  PowerLossVfs* disk;
  std::string* path;  // null for a temporary file, which no failure concerns
};

ShimFile& shim(sqlite3_file* file) {
  return *reinterpret_cast<ShimFile*>(file);
}
PowerLossVfs& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<PowerLossVfs*>(vfs->pAppData);
}

std::string read_range(sqlite3_file* real, sqlite3_int64 offset, std::size_t size) {
  sqlite3_int64 end = 0;
  real->pMethods->xFileSize(real, &end);
  const auto available =
      std::clamp<sqlite3_int64>(end - offset, 0, static_cast<sqlite3_int64>(size));
  std::string content(static_cast<std::size_t>(available), '\0');
  if (available > 0) {
    real->pMethods->xRead(real, content.data(), static_cast<int>(available), offset);
  }
  return content;
}

int shim_close(sqlite3_file* file) {
  auto& self = shim(file);
  const int result = self.real->pMethods->xClose(self.real);
  delete self.path;
  return result;
}

int shim_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  auto& self = shim(file);
  if (const int refusal = self.disk->begin_read()) {
    return refusal;
  }
  return self.real->pMethods->xRead(self.real, out, amount, offset);
}

int shim_write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  auto& self = shim(file);
  const std::lock_guard lock(self.disk->mutex);
  if (const int refusal = self.disk->write_refusal()) {
    return refusal;
  }
  if (self.path == nullptr) {
    return self.real->pMethods->xWrite(self.real, data, amount, offset);
  }
  if (self.disk->has_failed()) {
    return SQLITE_IOERR_WRITE;
  }
  const std::string after(static_cast<const char*>(data), static_cast<std::size_t>(amount));
  self.disk->record(
      *self.path,
      {.offset = offset, .before = read_range(self.real, offset, after.size()), .after = after});
  const int result = self.real->pMethods->xWrite(self.real, data, amount, offset);
  const int failure = self.disk->begin_operation();
  return failure != 0 ? SQLITE_IOERR_WRITE : result;
}

int shim_truncate(sqlite3_file* file, sqlite3_int64 size) {
  auto& self = shim(file);
  const std::lock_guard lock(self.disk->mutex);
  if (self.disk->has_failed()) {
    return SQLITE_IOERR_TRUNCATE;
  }
  if (self.path != nullptr) {
    sqlite3_int64 end = 0;
    self.real->pMethods->xFileSize(self.real, &end);
    self.disk->record(
        *self.path,
        {.offset = size,
         .before = read_range(self.real, size,
                              static_cast<std::size_t>(std::max<sqlite3_int64>(end - size, 0))),
         .after = {},
         .truncates = true});
  }
  const int result = self.real->pMethods->xTruncate(self.real, size);
  return self.disk->begin_operation() != 0 ? SQLITE_IOERR_TRUNCATE : result;
}

int shim_sync(sqlite3_file* file, int /*flags*/) {
  auto& self = shim(file);
  const std::lock_guard lock(self.disk->mutex);
  // The real file is never synced: the power that fails here is not the machine's.
  if (self.disk->begin_operation() != 0) {
    return SQLITE_IOERR_FSYNC;
  }
  if (self.path != nullptr) {
    self.disk->record_sync(*self.path);
  }
  return SQLITE_OK;
}

int shim_file_size(sqlite3_file* file, sqlite3_int64* size) {
  auto* const real = shim(file).real;
  return real->pMethods->xFileSize(real, size);
}
int shim_lock(sqlite3_file* file, int level) {
  auto* const real = shim(file).real;
  return real->pMethods->xLock(real, level);
}
int shim_unlock(sqlite3_file* file, int level) {
  auto* const real = shim(file).real;
  return real->pMethods->xUnlock(real, level);
}
int shim_check_reserved_lock(sqlite3_file* file, int* result) {
  auto* const real = shim(file).real;
  return real->pMethods->xCheckReservedLock(real, result);
}
int shim_file_control(sqlite3_file* file, int operation, void* argument) {
  auto* const real = shim(file).real;
  return real->pMethods->xFileControl(real, operation, argument);
}
int shim_sector_size(sqlite3_file* file) {
  auto* const real = shim(file).real;
  return real->pMethods->xSectorSize(real);
}
int shim_device_characteristics(sqlite3_file* file) {
  auto* const real = shim(file).real;
  return real->pMethods->xDeviceCharacteristics(real);
}
int shim_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  auto* const real = shim(file).real;
  return real->pMethods->xShmMap(real, page, size, extend, out);
}
int shim_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  auto* const real = shim(file).real;
  return real->pMethods->xShmLock(real, offset, count, flags);
}
void shim_shm_barrier(sqlite3_file* file) {
  auto* const real = shim(file).real;
  real->pMethods->xShmBarrier(real);
}
int shim_shm_unmap(sqlite3_file* file, int remove) {
  auto* const real = shim(file).real;
  return real->pMethods->xShmUnmap(real, remove);
}

// Version 2: without memory-mapped reads, which would go past us.
constexpr sqlite3_io_methods shim_methods = {2,
                                             shim_close,
                                             shim_read,
                                             shim_write,
                                             shim_truncate,
                                             shim_sync,
                                             shim_file_size,
                                             shim_lock,
                                             shim_unlock,
                                             shim_check_reserved_lock,
                                             shim_file_control,
                                             shim_sector_size,
                                             shim_device_characteristics,
                                             shim_shm_map,
                                             shim_shm_lock,
                                             shim_shm_barrier,
                                             shim_shm_unmap,
                                             nullptr,
                                             nullptr};

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& disk = disk_of(vfs);
  auto& self = *new (file) ShimFile{};
  const std::lock_guard lock(disk.mutex);
  if (const int refusal = disk.begin_read()) {
    return refusal;
  }
  self.real = reinterpret_cast<sqlite3_file*>(&self + 1);
  self.disk = &disk;
  const bool is_new = name != nullptr && !std::filesystem::exists(name);
  const int result = disk.real()->xOpen(disk.real(), name, self.real, flags, out_flags);
  if (result != SQLITE_OK) {
    return result;
  }
  if (name != nullptr) {
    self.path = new std::string(name);
    if (is_new) {
      disk.record_creation(name);
    }
  }
  self.base.pMethods = &shim_methods;
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  auto& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  if (disk.begin_operation() != 0) {
    return SQLITE_IOERR_DELETE;
  }
  disk.record_deletion(name, sync_directory != 0);
  return disk.real()->xDelete(disk.real(), name, 0);
}

int vfs_access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  auto* const real = disk_of(vfs).real();
  return real->xAccess(real, name, flags, result);
}
int vfs_full_pathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  auto* const real = disk_of(vfs).real();
  return real->xFullPathname(real, name, size, out);
}
int vfs_randomness(sqlite3_vfs* vfs, int size, char* out) {
  auto* const real = disk_of(vfs).real();
  return real->xRandomness(real, size, out);
}
int vfs_sleep(sqlite3_vfs* vfs, int microseconds) {
  auto* const real = disk_of(vfs).real();
  return real->xSleep(real, microseconds);
}
int vfs_current_time(sqlite3_vfs* vfs, double* out) {
  auto* const real = disk_of(vfs).real();
  return real->xCurrentTime(real, out);
}
int vfs_get_last_error(sqlite3_vfs* vfs, int size, char* out) {
  auto* const real = disk_of(vfs).real();
  return real->xGetLastError(real, size, out);
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

PowerLossVfs::PowerLossVfs(std::string name, std::uint64_t seed)
    : name_(std::move(name)),
      real_(sqlite3_vfs_find(nullptr)),
      vfs_(std::make_unique<sqlite3_vfs>()),
      random_(seed) {
  vfs_->iVersion = 1;
  vfs_->szOsFile = static_cast<int>(sizeof(ShimFile)) + real_->szOsFile;
  vfs_->mxPathname = real_->mxPathname;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = vfs_open;
  vfs_->xDelete = vfs_delete;
  vfs_->xAccess = vfs_access;
  vfs_->xFullPathname = vfs_full_pathname;
  vfs_->xRandomness = vfs_randomness;
  vfs_->xSleep = vfs_sleep;
  vfs_->xCurrentTime = vfs_current_time;
  vfs_->xGetLastError = vfs_get_last_error;
  sqlite3_vfs_register(vfs_.get(), 0);
}

PowerLossVfs::~PowerLossVfs() {
  sqlite3_vfs_unregister(vfs_.get());
}

void PowerLossVfs::fail_after(std::int64_t operations) {
  const std::lock_guard lock(mutex);
  remaining_ = operations;
}

void PowerLossVfs::fail() {
  const std::lock_guard lock(mutex);
  if (!failed_) {
    cut();
  }
}

bool PowerLossVfs::has_failed() const {
  const std::lock_guard lock(mutex);
  return failed_;
}

void PowerLossVfs::refuse_writes(int code) {
  const std::lock_guard lock(mutex);
  refusal_ = code;
}

std::int64_t PowerLossVfs::syncs() const {
  const std::lock_guard lock(mutex);
  return syncs_;
}

std::int64_t PowerLossVfs::operations() const {
  const std::lock_guard lock(mutex);
  return operations_;
}

int PowerLossVfs::begin_operation() {
  const std::lock_guard lock(mutex);
  if (!failed_) {
    ++operations_;
    if (remaining_ > 0 && --remaining_ == 0) {
      cut();
    }
  }
  return failed_ ? SQLITE_IOERR : SQLITE_OK;
}

int PowerLossVfs::begin_read() const {
  const std::lock_guard lock(mutex);
  return failed_ ? SQLITE_IOERR_READ : SQLITE_OK;
}

int PowerLossVfs::write_refusal() const {
  const std::lock_guard lock(mutex);
  return refusal_;
}

void PowerLossVfs::record(const std::string& path, Change change) {
  const std::lock_guard lock(mutex);
  files_[path].unsynced.push_back(std::move(change));
}

void PowerLossVfs::record_creation(const std::string& path) {
  const std::lock_guard lock(mutex);
  deleted_.erase(path);
  files_[path] = {.unsynced = {}, .never_synced = true};
}

void PowerLossVfs::take_for_each_sync(std::chrono::milliseconds duration) {
  const std::lock_guard lock(mutex);
  sync_duration_ = duration;
}

void PowerLossVfs::record_sync(const std::string& path) {
  std::unique_lock lock(mutex);
  if (const auto duration = sync_duration_; duration.count() > 0) {
    lock.unlock();
    std::this_thread::sleep_for(duration);
    lock.lock();
  }
  ++syncs_;
  // As SQLite's own layer does: the first sync of a file that it made syncs the directory too.
  if (files_[path].never_synced) {
    deleted_.clear();
  }
  files_[path] = {};
}

void PowerLossVfs::record_deletion(const std::string& path, bool directory_synced) {
  const std::lock_guard lock(mutex);
  const auto known = files_.find(path);
  if (!directory_synced && std::filesystem::exists(path)) {
    const auto& changes = known == files_.end() ? std::vector<Change>() : known->second.unsynced;
    deleted_[path] = surviving(read_whole(path), changes);
  } else {
    deleted_.erase(path);
  }
  if (known != files_.end()) {
    files_.erase(known);
  }
}

std::string PowerLossVfs::surviving(std::string content, const std::vector<Change>& changes) {
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const auto offset = static_cast<std::size_t>(change->offset);
    if (change->truncates) {
      content.resize(offset);
      content += change->before;
      continue;
    }
    content.replace(offset, change->before.size(), change->before);
    if (change->before.size() < change->after.size()) {
      content.resize(offset + change->before.size());
    }
  }
  auto order = changes;
  std::shuffle(order.begin(), order.end(), random_);
  for (const auto& change : order) {
    const auto offset = static_cast<std::size_t>(change.offset);
    if (change.truncates) {
      if (by_chance()) {
        content.resize(std::min(content.size(), offset));
      }
      continue;
    }
    // Sector by sector, as the disk is divided.
    const auto end = offset + change.after.size();
    for (auto from = offset; from < end;) {
      const auto to = std::min(end, (from / sector_size + 1) * sector_size);
      if (by_chance()) {
        content.resize(std::max(content.size(), to));
        content.replace(from, to - from, change.after, from - offset, to - from);
      }
      from = to;
    }
  }
  return content;
}

void PowerLossVfs::cut() {
  failed_ = true;
  remaining_ = -1;
  for (const auto& [path, file] : files_) {
    if (!std::filesystem::exists(path) || (file.never_synced && by_chance())) {
      survived_[path] = std::nullopt;
    } else {
      survived_[path] = surviving(read_whole(path), file.unsynced);
    }
  }
  for (const auto& [path, content] : deleted_) {
    if (by_chance()) {
      survived_[path] = content;
    }
  }
}

void PowerLossVfs::restore() {
  const std::lock_guard lock(mutex);
  for (const auto& [path, content] : survived_) {
    std::filesystem::remove(path);
    if (content) {
      std::ofstream(path, std::ios::binary) << *content;
    }
    std::filesystem::remove(path + "-shm");
  }
  survived_.clear();
  files_.clear();
  deleted_.clear();
  failed_ = false;
}

}  // namespace bramley
