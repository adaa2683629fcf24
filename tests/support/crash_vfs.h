#pragma once
// CrashDisk: a disk in memory, offered to SQLite as a VFS of its own name. It remembers what was
// synced and which writes came after; crash() is a power failure that loses those, all of them or
// in part, torn at sectors. Handles that were open then fail with SQLITE_IOERR for ever; the files
// can be opened again.
//
// Thread-safe (one mutex), and deterministic when used by one thread: VFS randomness comes from the
// seed. The disk must outlive every connection opened on it.

#include <cstdint>
#include <memory>
#include <string>

#include "base/prng.h"

namespace sluice {

class CrashDisk {
public:
    explicit CrashDisk(std::uint64_t seed = 1);
    ~CrashDisk();
    CrashDisk(const CrashDisk&) = delete;
    CrashDisk& operator=(const CrashDisk&) = delete;

    // For StoreOptions::vfs.
    const std::string& vfs() const;

    // Power failure. Everything that was not synced is gone.
    void crash();
    // Power failure. Of what was not synced, each file keeps nothing, everything, some first writes
    // with the last one torn, or any sectors.
    void crash(Prng& chance);
    // Only the process dies: its handles are dead, but what it wrote is safe with the operating
    // system.
    void kill_process();

    // While full, no file can grow: such writes fail with SQLITE_FULL.
    void set_full(bool full);

    // Bytes that a power failure could lose now.
    std::size_t unsynced_bytes() const;
    std::uint64_t syncs() const;

    class Files;

private:
    struct Vfs;
    std::unique_ptr<Files> files_;
    std::unique_ptr<Vfs> vfs_;
};

inline constexpr std::size_t kSectorBytes = 512;

}  // namespace sluice
