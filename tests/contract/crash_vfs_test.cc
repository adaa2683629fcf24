// The crash disk itself: if it kept what it should lose, or lost what was synced, every crash test
// would prove nothing.

#include "support/crash_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <set>
#include <thread>
#include <vector>

#include "adapters/sqlite/connection.h"

namespace sluice {
namespace {

using Access = Connection::Access;

std::unique_ptr<Connection> open_raw(CrashDisk& disk) {
    auto opened = Connection::open("test.db", disk.vfs(), Access::kReadWrite);
    SLUICE_CHECK(opened.ok());
    return std::move(*opened);
}

std::unique_ptr<Connection> open_database(CrashDisk& disk, const std::string& synchronous) {
    auto connection = open_raw(disk);
    connection->execute("PRAGMA journal_mode=WAL");
    connection->execute("PRAGMA synchronous=" + synchronous);
    connection->execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body BLOB)");
    return connection;
}

void insert(Connection& connection, std::int64_t id, std::size_t bytes = 700) {
    connection.run("INSERT INTO rows VALUES (?1, ?2)", id, Blob{std::string(bytes, 'x')});
}

std::set<std::int64_t> ids(Connection& connection) {
    std::set<std::int64_t> found;
    auto rows = connection.prepare("SELECT id FROM rows");
    for (rows.query(); rows.next();) found.insert(rows.get<std::int64_t>(0));
    return found;
}

std::string integrity(Connection& connection) {
    auto check = connection.prepare("PRAGMA integrity_check");
    check.query();
    return check.next() ? check.get<std::string>(0) : "no answer";
}

// What is there after `rows` commits and a power failure.
std::size_t survivors(const std::string& synchronous, std::int64_t rows) {
    CrashDisk disk;
    auto connection = open_database(disk, synchronous);
    for (std::int64_t id = 1; id <= rows; ++id) insert(*connection, id);
    disk.crash();
    connection = open_database(disk, synchronous);
    EXPECT_EQ(integrity(*connection), "ok");
    return ids(*connection).size();
}

TEST(CrashDisk, KeepsEveryCommitWithFullSync) { EXPECT_EQ(survivors("FULL", 50), 50U); }

TEST(CrashDisk, LosesCommitsWithoutSync) { EXPECT_EQ(survivors("OFF", 50), 0U); }

// NORMAL does not sync the log at each commit: it may lose the last ones, but never damages the
// file.
TEST(CrashDisk, LosesTheLastCommitsWithNormalSync) { EXPECT_LT(survivors("NORMAL", 50), 50U); }

TEST(CrashDisk, LosesNothingWhenOnlyTheProcessDies) {
    CrashDisk disk;
    auto connection = open_database(disk, "OFF");
    insert(*connection, 1);
    EXPECT_GT(disk.unsynced_bytes(), 0U);
    disk.kill_process();
    connection = open_database(disk, "OFF");
    EXPECT_EQ(ids(*connection), (std::set<std::int64_t>{1}));
}

TEST(CrashDisk, ForgetsAnUncommittedTransaction) {
    CrashDisk disk;
    auto connection = open_database(disk, "FULL");
    insert(*connection, 1);
    connection->execute("BEGIN");
    insert(*connection, 2);
    disk.crash();
    connection = open_database(disk, "FULL");
    EXPECT_EQ(ids(*connection), (std::set<std::int64_t>{1}));
}

TEST(CrashDisk, KillsEveryOpenHandle) {
    CrashDisk disk;
    const auto writer = open_database(disk, "FULL");
    const auto reader = open_raw(disk);
    EXPECT_TRUE(ids(*reader).empty());
    disk.crash();
    for (auto* connection : {writer.get(), reader.get()}) {
        EXPECT_THROW(insert(*connection, 1), SqliteError);
        EXPECT_THROW(ids(*connection), SqliteError);
    }
    // A dead handle does not disturb the living, not even when it closes.
    const auto next = open_database(disk, "FULL");
    insert(*next, 2);
    EXPECT_THROW(insert(*writer, 3), SqliteError);
    EXPECT_EQ(ids(*next), (std::set<std::int64_t>{2}));
}

// Commits, checkpoints and torn crashes at random: what was committed with FULL is always there,
// and the file is whole.
TEST(CrashDisk, TornCrashesNeverLoseACommitOrDamageTheFile) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CrashDisk disk(seed);
        Prng chance(seed);
        std::set<std::int64_t> committed;
        std::int64_t next_id = 1;
        for (int life = 0; life < 8; ++life) {
            auto connection = open_database(disk, "FULL");
            EXPECT_EQ(integrity(*connection), "ok") << "seed " << seed;
            EXPECT_EQ(ids(*connection), committed) << "seed " << seed;
            for (auto steps = chance.below(30); steps > 0; --steps) {
                insert(*connection, next_id, chance.below(9'000));
                committed.insert(next_id++);
                if (chance.one_in(10)) connection->execute("PRAGMA wal_checkpoint(PASSIVE)");
                if (chance.one_in(15)) connection->execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            disk.crash(chance);
        }
    }
}

// The tearing is real: over many seeds, unsynced commits are sometimes kept and sometimes lost.
TEST(CrashDisk, KeepsPartOfWhatWasNotSynced) {
    std::set<std::size_t> outcomes;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CrashDisk disk(seed);
        Prng chance(seed);
        auto connection = open_database(disk, "NORMAL");
        connection->execute("PRAGMA wal_checkpoint(TRUNCATE)");
        for (std::int64_t id = 1; id <= 6; ++id) insert(*connection, id);
        disk.crash(chance);
        connection = open_database(disk, "NORMAL");
        EXPECT_EQ(integrity(*connection), "ok");
        outcomes.insert(ids(*connection).size());
    }
    EXPECT_TRUE(outcomes.contains(0));
    EXPECT_TRUE(outcomes.contains(6));
    EXPECT_GT(outcomes.size(), 3U);
}

TEST(CrashDisk, IsDeterministic) {
    const auto run = [] {
        CrashDisk disk(7);
        Prng chance(7);
        auto connection = open_database(disk, "NORMAL");
        for (std::int64_t id = 1; id <= 40; ++id) insert(*connection, id, chance.below(5'000));
        disk.crash(chance);
        connection = open_database(disk, "NORMAL");
        return std::pair{ids(*connection), disk.syncs()};
    };
    EXPECT_EQ(run(), run());
}

TEST(CrashDisk, SeparatesDisks) {
    CrashDisk left;
    CrashDisk right;
    const auto on_left = open_database(left, "FULL");
    const auto on_right = open_database(right, "FULL");
    insert(*on_left, 1);
    right.crash();
    EXPECT_EQ(ids(*on_left), (std::set<std::int64_t>{1}));
}

TEST(CrashDisk, OneWriterAtATime) {
    CrashDisk disk;
    const auto first = open_database(disk, "FULL");
    const auto second = open_raw(disk);
    first->execute("BEGIN IMMEDIATE");
    insert(*first, 1);
    EXPECT_TRUE(ids(*second).empty());  // readers go on, and see the last commit
    second->execute("PRAGMA busy_timeout=0");
    EXPECT_THROW(second->execute("BEGIN IMMEDIATE"), SqliteError);
    first->execute("COMMIT");
    EXPECT_EQ(ids(*second), (std::set<std::int64_t>{1}));
}

TEST(CrashDisk, ServesReadersOnOtherThreads) {
    CrashDisk disk;
    const auto writer = open_database(disk, "FULL");
    constexpr std::size_t kRows = 200;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&disk] {
            const auto reader = open_raw(disk);
            std::size_t seen = 0;
            while (seen < kRows) {
                const auto now = ids(*reader).size();
                SLUICE_CHECK(now >= seen);  // time does not go backwards for a reader
                seen = now;
            }
        });
    }
    for (std::size_t id = 1; id <= kRows; ++id) insert(*writer, static_cast<std::int64_t>(id), 10);
    for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace sluice
