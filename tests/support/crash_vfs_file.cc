#include "support/crash_vfs_file.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "support/crash_vfs.h"

namespace sluice {

std::string_view CrashFile::read(std::size_t offset, std::size_t count) const {
    if (offset >= written_.size()) return {};
    return std::string_view(written_).substr(offset, count);
}

void CrashFile::write(std::size_t offset, std::string_view bytes) {
    unsynced_.push_back({offset, std::string(bytes), false});
    apply(written_, unsynced_.back());
}

void CrashFile::truncate(std::size_t size) {
    unsynced_.push_back({size, {}, true});
    apply(written_, unsynced_.back());
}

void CrashFile::sync() {
    for (const auto& change : unsynced_) apply(synced_, change);
    unsynced_.clear();
    durable = true;
}

std::size_t CrashFile::unsynced_bytes() const {
    std::size_t bytes = 0;
    for (const auto& change : unsynced_) bytes += change.bytes.size();
    return bytes;
}

void CrashFile::apply(std::string& image, const Change& change) {
    if (change.truncates) {
        if (change.offset < image.size()) image.resize(change.offset);
        return;
    }
    const auto end = change.offset + change.bytes.size();
    if (image.size() < end) image.resize(end);
    image.replace(change.offset, change.bytes.size(), change.bytes);
}

std::shared_ptr<CrashFile> CrashFile::after_crash(Prng* chance) const {
    if (!durable && (chance == nullptr || chance->one_in(2))) return nullptr;
    auto found = std::make_shared<CrashFile>();
    found->synced_ = chance == nullptr ? synced_ : survivors(*chance);
    found->written_ = found->synced_;
    found->durable = true;
    return found;
}

std::shared_ptr<CrashFile> CrashFile::after_kill() const {
    auto found = std::make_shared<CrashFile>();
    found->synced_ = synced_;
    found->written_ = written_;
    found->unsynced_ = unsynced_;
    found->durable = durable;
    return found;
}

std::vector<CrashFile::Change> CrashFile::sectors_of(const Change& change) {
    if (change.truncates) return {change};
    std::vector<Change> sectors;
    std::size_t done = 0;
    while (done < change.bytes.size()) {
        const auto offset = change.offset + done;
        const auto room = kSectorBytes - offset % kSectorBytes;
        const auto count = std::min(room, change.bytes.size() - done);
        sectors.push_back({offset, change.bytes.substr(done, count), false});
        done += count;
    }
    return sectors;
}

std::string CrashFile::survivors(Prng& chance) const {
    enum class Fate : std::uint8_t { kNothing, kEverything, kPrefix, kAnySectors, kLimit_ };
    const auto fate = static_cast<Fate>(chance.below(static_cast<std::uint64_t>(Fate::kLimit_)));
    if (fate == Fate::kNothing) return synced_;
    if (fate == Fate::kEverything) return written_;
    auto image = synced_;
    const auto whole = unsynced_.empty() ? 0 : chance.below(unsynced_.size());
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        if (fate == Fate::kPrefix && i < whole) {
            apply(image, unsynced_[i]);
            continue;
        }
        for (const auto& sector : sectors_of(unsynced_[i])) {
            if (chance.one_in(2)) apply(image, sector);
        }
        if (fate == Fate::kPrefix) break;  // this one was torn, the rest never began
    }
    return image;
}

void CrashFile::detach(Handle& handle) {
    unlock(handle, SQLITE_LOCK_NONE);
    shm_detach(handle);
    std::erase(handles_, &handle);
}

bool CrashFile::lock(Handle& handle, int level) {
    if (handle.lock >= level) return true;
    bool others_read = false;
    int highest = SQLITE_LOCK_NONE;
    for (const auto* other : handles_) {
        if (other == &handle) continue;
        highest = std::max(highest, other->lock);
        others_read = others_read || other->lock >= SQLITE_LOCK_SHARED;
    }
    if (level == SQLITE_LOCK_SHARED && highest >= SQLITE_LOCK_PENDING) return false;
    if (level >= SQLITE_LOCK_RESERVED && highest >= SQLITE_LOCK_RESERVED) return false;
    if (level == SQLITE_LOCK_EXCLUSIVE && others_read) {
        handle.lock = SQLITE_LOCK_PENDING;  // no new readers; those that read now may end
        return false;
    }
    handle.lock = level;
    return true;
}

void CrashFile::unlock(Handle& handle, int level) { handle.lock = std::min(handle.lock, level); }

bool CrashFile::is_reserved() const {
    return std::any_of(handles_.begin(), handles_.end(), [](const Handle* handle) {
        return handle->lock >= SQLITE_LOCK_RESERVED;
    });
}

char* CrashFile::shm_region(Handle& handle, std::size_t index, std::size_t bytes, bool extend) {
    handle.shm_attached = true;
    if (index >= shm_.size() && !extend) return nullptr;
    while (shm_.size() <= index) shm_.push_back(std::make_unique<char[]>(bytes));
    return shm_[index].get();
}

bool CrashFile::shm_lock(Handle& handle, unsigned slots, bool exclusive) {
    for (const auto* other : handles_) {
        if (other == &handle) continue;
        if ((other->shm_exclusive & slots) != 0) return false;
        if (exclusive && (other->shm_shared & slots) != 0) return false;
    }
    (exclusive ? handle.shm_exclusive : handle.shm_shared) |= slots;
    return true;
}

void CrashFile::shm_unlock(Handle& handle, unsigned slots) {
    handle.shm_shared &= ~slots;
    handle.shm_exclusive &= ~slots;
}

void CrashFile::shm_detach(Handle& handle) {
    handle.shm_shared = 0;
    handle.shm_exclusive = 0;
    handle.shm_attached = false;
    const bool in_use = std::any_of(handles_.begin(), handles_.end(), [](const Handle* other) {
        return other->shm_attached;
    });
    if (!in_use) shm_.clear();
}

}  // namespace sluice
