#pragma once
// One file of a CrashDisk: what is synced, what is written, and the difference as a list of
// changes; plus its locks and its shared memory, as the connections of one process see them. Not
// thread-safe: the disk's mutex guards it.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"

namespace sluice {

class CrashFile {
public:
    // A connection's own part: its locks.
    struct Handle {
        int lock = 0;             // SQLITE_LOCK_*
        unsigned shm_shared = 0;  // bit per slot
        unsigned shm_exclusive = 0;
        bool shm_attached = false;
    };

    bool dead = false;     // its process was killed; whoever still has it open gets I/O errors
    bool durable = false;  // synced at least once: a power failure does not make it vanish

    std::size_t size() const { return written_.size(); }
    std::string_view read(std::size_t offset, std::size_t count) const;
    void write(std::size_t offset, std::string_view bytes);
    void truncate(std::size_t size);
    void sync();
    std::size_t unsynced_bytes() const;

    // The file as it is found after a power failure; nullptr when it is not there at all. chance
    // nullptr: lose all that is not synced.
    std::shared_ptr<CrashFile> after_crash(Prng* chance) const;
    // The file as the next process finds it.
    std::shared_ptr<CrashFile> after_kill() const;

    void attach(Handle& handle) { handles_.push_back(&handle); }
    void detach(Handle& handle);

    // SQLite's file locks. False: another connection is in the way.
    bool lock(Handle& handle, int level);
    void unlock(Handle& handle, int level);
    bool is_reserved() const;

    // WAL shared memory. nullptr: there is no such region and it was not to be made.
    char* shm_region(Handle& handle, std::size_t index, std::size_t bytes, bool extend);
    bool shm_lock(Handle& handle, unsigned slots, bool exclusive);
    void shm_unlock(Handle& handle, unsigned slots);
    void shm_detach(Handle& handle);

private:
    struct Change {
        std::size_t offset = 0;  // the new size when it truncates
        std::string bytes;
        bool truncates = false;
    };

    static void apply(std::string& image, const Change& change);
    static std::vector<Change> sectors_of(const Change& change);
    std::string survivors(Prng& chance) const;

    std::string synced_;
    std::string written_;  // = synced_ with unsynced_ applied
    std::vector<Change> unsynced_;
    std::vector<Handle*> handles_;  // open now
    std::vector<std::unique_ptr<char[]>> shm_;
};

}  // namespace sluice
