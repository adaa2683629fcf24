#include "support/crash_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <new>

#include "base/check.h"
#include "support/crash_vfs_file.h"

namespace sluice {

class CrashDisk::Files {
public:
    explicit Files(std::uint64_t seed) : random(seed) {}

    template <class After>
    void replace_all(After after) {
        const std::lock_guard lock(mutex);
        std::map<std::string, std::shared_ptr<CrashFile>> found;
        for (auto& [name, file] : named) {
            if (auto next = after(*file)) found.emplace(name, std::move(next));
            file->dead = true;
        }
        for (auto& weak : temporary) {
            if (const auto file = weak.lock()) file->dead = true;
        }
        temporary.clear();
        named = std::move(found);
    }

    mutable std::mutex mutex;
    std::map<std::string, std::shared_ptr<CrashFile>> named;  // guarded by mutex
    std::vector<std::weak_ptr<CrashFile>> temporary;          // guarded by mutex
    Prng random;                                              // guarded by mutex
    std::uint64_t syncs = 0;                                  // guarded by mutex
    bool full = false;                                        // guarded by mutex
};

namespace {

// What SQLite allocates for us, as raw memory, per open file.
struct OpenFile {
    sqlite3_file base;  // first
    CrashDisk::Files* disk;
    std::shared_ptr<CrashFile>* file;
    CrashFile::Handle* handle;
    std::string* delete_on_close;  // nullptr, or the name
};

OpenFile& open_file(sqlite3_file* raw) { return *reinterpret_cast<OpenFile*>(raw); }

// Runs work(file, handle) under the disk's mutex; SQLITE_IOERR when the process of this handle is
// dead.
template <class Work>
int with_file(sqlite3_file* raw, Work work) {
    auto& open = open_file(raw);
    const std::lock_guard lock(open.disk->mutex);
    if ((*open.file)->dead) return SQLITE_IOERR;
    return work(**open.file, *open.handle);
}

std::size_t size_of(sqlite3_int64 value) { return static_cast<std::size_t>(value); }

int file_close(sqlite3_file* raw) {
    auto& open = open_file(raw);
    const std::lock_guard lock(open.disk->mutex);
    (*open.file)->detach(*open.handle);
    if (open.delete_on_close != nullptr && !(*open.file)->dead) {
        open.disk->named.erase(*open.delete_on_close);
    }
    delete open.delete_on_close;
    delete open.handle;
    delete open.file;
    return SQLITE_OK;
}

int file_read(sqlite3_file* raw, void* out, int count, sqlite3_int64 offset) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle&) {
        const auto bytes = file.read(size_of(offset), size_of(count));
        bytes.copy(static_cast<char*>(out), bytes.size());
        if (bytes.size() == size_of(count)) return SQLITE_OK;
        std::memset(static_cast<char*>(out) + bytes.size(), 0, size_of(count) - bytes.size());
        return SQLITE_IOERR_SHORT_READ;
    });
}

int file_write(sqlite3_file* raw, const void* in, int count, sqlite3_int64 offset) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle&) {
        const bool grows = size_of(offset) + size_of(count) > file.size();
        if (grows && open_file(raw).disk->full) return SQLITE_FULL;
        file.write(size_of(offset), {static_cast<const char*>(in), size_of(count)});
        return SQLITE_OK;
    });
}

int file_truncate(sqlite3_file* raw, sqlite3_int64 size) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle&) {
        file.truncate(size_of(size));
        return SQLITE_OK;
    });
}

int file_sync(sqlite3_file* raw, int) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle&) {
        file.sync();
        ++open_file(raw).disk->syncs;
        return SQLITE_OK;
    });
}

int file_size(sqlite3_file* raw, sqlite3_int64* size) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle&) {
        *size = static_cast<sqlite3_int64>(file.size());
        return SQLITE_OK;
    });
}

int file_lock(sqlite3_file* raw, int level) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle& handle) {
        return file.lock(handle, level) ? SQLITE_OK : SQLITE_BUSY;
    });
}

int file_unlock(sqlite3_file* raw, int level) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle& handle) {
        file.unlock(handle, level);
        return SQLITE_OK;
    });
}

int file_check_reserved(sqlite3_file* raw, int* reserved) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle&) {
        *reserved = file.is_reserved() ? 1 : 0;
        return SQLITE_OK;
    });
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int file_sector_size(sqlite3_file*) { return static_cast<int>(kSectorBytes); }
// As SQLite assumes of a real disk: what is next to a write is not damaged by it.
int file_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int shm_map(sqlite3_file* raw, int index, int bytes, int extend, void volatile** out) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle& handle) {
        *out = file.shm_region(handle, size_of(index), size_of(bytes), extend != 0);
        return SQLITE_OK;
    });
}

int shm_lock(sqlite3_file* raw, int first, int count, int flags) {
    return with_file(raw, [&](CrashFile& file, CrashFile::Handle& handle) {
        const auto slots = ((1U << static_cast<unsigned>(count)) - 1U)
                           << static_cast<unsigned>(first);
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            file.shm_unlock(handle, slots);
            return SQLITE_OK;
        }
        const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
        return file.shm_lock(handle, slots, exclusive) ? SQLITE_OK : SQLITE_BUSY;
    });
}

void shm_barrier(sqlite3_file* raw) {
    // Taking the mutex is the barrier, and one that a thread checker understands.
    const std::lock_guard lock(open_file(raw).disk->mutex);
}

int shm_unmap(sqlite3_file* raw, int) {
    auto& open = open_file(raw);
    const std::lock_guard lock(open.disk->mutex);
    (*open.file)->shm_detach(*open.handle);
    return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    file_lock,
    file_unlock,
    file_check_reserved,
    file_control,
    file_sector_size,
    file_characteristics,
    shm_map,
    shm_lock,
    shm_barrier,
    shm_unmap,
    nullptr,
    nullptr,
};

CrashDisk::Files& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<CrashDisk::Files*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* raw, int flags, int* out_flags) {
    raw->pMethods = nullptr;  // nothing to close unless the open succeeds
    auto& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex);
    std::shared_ptr<CrashFile> file;
    if (name == nullptr) {
        file = std::make_shared<CrashFile>();
        disk.temporary.push_back(file);
    } else if (const auto found = disk.named.find(name); found != disk.named.end()) {
        file = found->second;
    } else if ((flags & SQLITE_OPEN_CREATE) != 0) {
        file = disk.named.emplace(name, std::make_shared<CrashFile>()).first->second;
    } else {
        return SQLITE_CANTOPEN;
    }
    const bool deletes = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    auto& open = open_file(raw);
    open.disk = &disk;
    open.file = new std::shared_ptr<CrashFile>(file);
    open.handle = new CrashFile::Handle;
    open.delete_on_close = deletes ? new std::string(name) : nullptr;
    file->attach(*open.handle);
    open.base.pMethods = &kMethods;
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* name, int) {
    auto& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex);
    return disk.named.erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int vfs_access(sqlite3_vfs* vfs, const char* name, int, int* exists) {
    auto& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex);
    *exists = disk.named.contains(name) ? 1 : 0;
    return SQLITE_OK;
}

int vfs_full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs* vfs, int count, char* out) {
    auto& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex);
    for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk.random.next() & 0xffU);
    return count;
}

// SQLite gives up a lock of its log after a hundred naps: they have to take some time, where threads meet.
int vfs_sleep(sqlite3_vfs*, int microseconds) {
    sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
    return system->xSleep(system, std::min(microseconds, 1'000));
}

int vfs_time_ms(sqlite3_vfs*, sqlite3_int64* now) {
    *now = 2'461'400LL * 86'400'000;  // any Julian day: the program has its own clock
    return SQLITE_OK;
}

int vfs_time(sqlite3_vfs*, double* now) {
    *now = 2'461'400.0;
    return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) { return 0; }

std::string next_name() {
    static std::atomic<int> count{0};
    return "sluice-crash-" + std::to_string(++count);
}

}  // namespace

struct CrashDisk::Vfs {
    Vfs(Files& files, std::string chosen) : name(std::move(chosen)) {
        vfs.iVersion = 2;
        vfs.szOsFile = sizeof(OpenFile);
        vfs.mxPathname = 512;
        vfs.zName = name.c_str();
        vfs.pAppData = &files;
        vfs.xOpen = vfs_open;
        vfs.xDelete = vfs_delete;
        vfs.xAccess = vfs_access;
        vfs.xFullPathname = vfs_full_path;
        vfs.xRandomness = vfs_randomness;
        vfs.xSleep = vfs_sleep;
        vfs.xCurrentTime = vfs_time;
        vfs.xGetLastError = vfs_last_error;
        vfs.xCurrentTimeInt64 = vfs_time_ms;
        SLUICE_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
    }
    ~Vfs() { sqlite3_vfs_unregister(&vfs); }

    const std::string name;
    sqlite3_vfs vfs{};
};

CrashDisk::CrashDisk(std::uint64_t seed)
    : files_(std::make_unique<Files>(seed)), vfs_(std::make_unique<Vfs>(*files_, next_name())) {}

CrashDisk::~CrashDisk() = default;

const std::string& CrashDisk::vfs() const { return vfs_->name; }

void CrashDisk::crash() {
    files_->replace_all([](const CrashFile& file) { return file.after_crash(nullptr); });
}

void CrashDisk::crash(Prng& chance) {
    files_->replace_all([&](const CrashFile& file) { return file.after_crash(&chance); });
}

void CrashDisk::kill_process() {
    files_->replace_all([](const CrashFile& file) { return file.after_kill(); });
}

void CrashDisk::set_full(bool full) {
    const std::lock_guard lock(files_->mutex);
    files_->full = full;
}

std::size_t CrashDisk::unsynced_bytes() const {
    const std::lock_guard lock(files_->mutex);
    std::size_t bytes = 0;
    for (const auto& [name, file] : files_->named) bytes += file->unsynced_bytes();
    return bytes;
}

std::uint64_t CrashDisk::syncs() const {
    const std::lock_guard lock(files_->mutex);
    return files_->syncs;
}

}  // namespace sluice
