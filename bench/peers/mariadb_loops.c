// What a database does without Sluice: loops that sell one hot sale on MariaDB, as fast as the connections go.
//
//   mariadb_loops PORT LOOP CONNECTIONS SECONDS        password in MARIADB_PASSWORD, user and database `bench`
//
//   optimistic   per order: read (available, version); then in one transaction UPDATE … WHERE version = ?, INSERT the
//                order; COMMIT. Nobody matched: roll back, read again. The textbook.
//   conditional  per order: INSERT the order, UPDATE … WHERE available >= 1 last, so that the hot row is locked for as
//                short as possible; COMMIT. The textbook improved.
//   batch        200 orders a transaction: UPDATE the stock, INSERT the 200 orders, upsert the buyers' totals, INSERT the
//                movement; COMMIT. What the database could do for a settler that did nothing else.
//
// The per-order loops leave out totals and movements, which is in their favour. The tables have the indexes that a shop
// needs (by order number, by buyer, by deadline) and no checks or foreign keys, which is in favour of all three.
// Prints one line of JSON. Exit status 1 when the books do not balance afterwards: then the figure means nothing.
#include <mysql.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 200, BUYERS = 4096, TEXT = 64 * 1024, THREADS_MAX = 256 };
static const long long kUnits = 1000000000;

static unsigned port;
static double until;

typedef struct {
    pthread_t thread;
    MYSQL *db;
    char *text;  // a statement under construction
    uint64_t random;
    unsigned buyer;
    long long orders, conflicts;
    double ended;  // when the last of its orders was committed
} Worker;

typedef int (*Step)(Worker *);

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void give_up(MYSQL *db, const char *text) {
    fprintf(stderr, "mariadb_loops: %s\n  in: %.200s\n", mysql_error(db), text);
    exit(1);
}

// False when the server took the other side of a deadlock or waited too long for a lock: roll back and try again.
static int run_length(MYSQL *db, const char *text, size_t length) {
    if (!mysql_real_query(db, text, length)) return 1;
    const unsigned error = mysql_errno(db);
    if (error != ER_LOCK_DEADLOCK && error != ER_LOCK_WAIT_TIMEOUT) give_up(db, text);
    return 0;
}

static int run(MYSQL *db, const char *text) { return run_length(db, text, strlen(text)); }

// Up to two numbers of the one row that a query finds.
static void read_numbers(MYSQL *db, const char *text, long long *first, long long *second) {
    if (!run(db, text)) give_up(db, text);
    MYSQL_RES *rows = mysql_store_result(db);
    MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
    if (!row) give_up(db, text);
    *first = row[0] ? atoll(row[0]) : 0;
    if (second) *second = row[1] ? atoll(row[1]) : 0;
    mysql_free_result(rows);
}

static MYSQL *open_connection(void) {
    MYSQL *db = mysql_init(NULL);
    if (!mysql_real_connect(db, "127.0.0.1", "bench", getenv("MARIADB_PASSWORD"), "bench", port, NULL, 0)) {
        give_up(db, "connect");
    }
    mysql_autocommit(db, 0);
    return db;
}

static uint64_t next_random(Worker *worker) {  // xorshift64*
    worker->random ^= worker->random >> 12;
    worker->random ^= worker->random << 25;
    worker->random ^= worker->random >> 27;
    return worker->random * 2685821657736338717ULL;
}

static int append_order(Worker *worker, char *to) {
    const unsigned long long high = next_random(worker), low = next_random(worker);
    return sprintf(
        to, "(1,x'%016llx%016llx','bench-%u',1,100,'CNY','awaiting_payment',1767225600000,1767225600001,1767312000000)",
        high, low, worker->buyer++ % BUYERS
    );
}

#define INSERT_ORDERS \
    "INSERT INTO orders (sale_id,order_id,buyer,quantity,price,currency,state,accepted_at,settled_at,due_at) VALUES "

static int insert_orders(Worker *worker, int count) {
    char *to = worker->text + sprintf(worker->text, INSERT_ORDERS);
    for (int i = 0; i < count; ++i) {
        if (i > 0) *to++ = ',';
        to += append_order(worker, to);
    }
    return run_length(worker->db, worker->text, (size_t)(to - worker->text));
}

// Each step tries one transaction once; false: nothing of it happened.

static int optimistic(Worker *worker) {
    long long available = 0, version = 0;  // at READ COMMITTED every read is fresh
    read_numbers(worker->db, "SELECT available, version FROM stock WHERE sale_id=1", &available, &version);
    if (available < 1) give_up(worker->db, "sold out");
    sprintf(
        worker->text, "UPDATE stock SET available=available-1, version=version+1 WHERE sale_id=1 AND version=%lld",
        version
    );
    return run(worker->db, worker->text) && mysql_affected_rows(worker->db) == 1 && insert_orders(worker, 1) &&
        run(worker->db, "COMMIT");
}

static int conditional(Worker *worker) {
    if (!insert_orders(worker, 1)) return 0;
    if (!run(worker->db, "UPDATE stock SET available=available-1, version=version+1 WHERE sale_id=1 AND available>=1"))
        return 0;
    if (mysql_affected_rows(worker->db) != 1) give_up(worker->db, "sold out");
    return run(worker->db, "COMMIT");
}

static int upsert_totals(Worker *worker, unsigned first_buyer) {
    char *to = worker->text + sprintf(worker->text, "INSERT INTO totals (sale_id,buyer,bought) VALUES ");
    for (unsigned i = 0; i < BATCH; ++i) {
        to += sprintf(to, "%s(1,'bench-%u',1)", i > 0 ? "," : "", (first_buyer + i) % BUYERS);
    }
    to += sprintf(to, " ON DUPLICATE KEY UPDATE bought=bought+VALUES(bought)");
    return run_length(worker->db, worker->text, (size_t)(to - worker->text));
}

static int insert_movement(Worker *worker, unsigned long long version) {
    sprintf(
        worker->text,
        "INSERT INTO movements (sale_id,version,kind,units,available_after,at)"
        " SELECT 1,%llu,'settle',-%d,available,1767225600000 FROM stock WHERE sale_id=1",
        version, BATCH
    );
    return run(worker->db, worker->text);
}

static int batch(Worker *worker) {
    sprintf(
        worker->text,
        "UPDATE stock SET available=available-%d, version=LAST_INSERT_ID(version+1) WHERE sale_id=1 AND available>=%d",
        BATCH, BATCH
    );
    if (!run(worker->db, worker->text)) return 0;
    if (mysql_affected_rows(worker->db) != 1) give_up(worker->db, "sold out");
    const unsigned long long version = mysql_insert_id(worker->db);
    const unsigned first_buyer = worker->buyer;
    return insert_orders(worker, BATCH) && upsert_totals(worker, first_buyer) && insert_movement(worker, version) &&
        run(worker->db, "COMMIT");
}

static void create_tables(void) {
    static const char *const kStatements[] = {
        "DROP TABLE IF EXISTS stock, orders, totals, movements",
        "CREATE TABLE stock (sale_id INT UNSIGNED PRIMARY KEY, total BIGINT NOT NULL, available BIGINT NOT NULL,"
        " version BIGINT NOT NULL) ENGINE=InnoDB",
        "CREATE TABLE orders (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, sale_id INT UNSIGNED NOT NULL,"
        " order_id BINARY(16) NOT NULL, buyer VARBINARY(64) NOT NULL, quantity INT NOT NULL, price BIGINT NOT NULL,"
        " currency CHAR(3) CHARACTER SET ascii NOT NULL, state ENUM('awaiting_payment','paid','cancelled') NOT NULL,"
        " accepted_at BIGINT NOT NULL, settled_at BIGINT NOT NULL, due_at BIGINT NULL, UNIQUE KEY (order_id),"
        " KEY (buyer), KEY (due_at)) ENGINE=InnoDB",
        "CREATE TABLE totals (sale_id INT UNSIGNED NOT NULL, buyer VARBINARY(64) NOT NULL, bought BIGINT NOT NULL,"
        " PRIMARY KEY (sale_id, buyer)) ENGINE=InnoDB",
        "CREATE TABLE movements (sale_id INT UNSIGNED NOT NULL, version BIGINT NOT NULL,"
        " kind ENUM('stock','settle','cancel') NOT NULL, units BIGINT NOT NULL, available_after BIGINT NOT NULL,"
        " at BIGINT NOT NULL, PRIMARY KEY (sale_id, version)) ENGINE=InnoDB",
        "INSERT INTO stock VALUES (1, 1000000000, 1000000000, 1)",
        "COMMIT",
    };
    MYSQL *db = open_connection();
    for (size_t i = 0; i < sizeof kStatements / sizeof *kStatements; ++i) {
        if (!run(db, kStatements[i])) give_up(db, kStatements[i]);
    }
    mysql_close(db);
}

// Σ of the books against what the workers believe that they sold.
static void check_books(long long orders, int with_totals) {
    MYSQL *db = open_connection();
    long long available = 0, version = 0, rows = 0, units = 0, bought = 0, moved = 0;
    read_numbers(db, "SELECT available, version FROM stock WHERE sale_id=1", &available, &version);
    read_numbers(db, "SELECT COUNT(*), SUM(quantity) FROM orders", &rows, &units);
    read_numbers(db, "SELECT SUM(bought), (SELECT -SUM(units) FROM movements) FROM totals", &bought, &moved);
    const int balanced = rows == orders && units == orders && available == kUnits - orders &&
        (!with_totals || (bought == orders && moved == orders && version == 1 + orders / BATCH));
    mysql_close(db);
    if (balanced) return;
    fprintf(
        stderr, "mariadb_loops: sold %lld, but rows %lld, units %lld, available %lld, bought %lld, moved %lld\n", orders,
        rows, units, available, bought, moved
    );
    exit(1);
}

static Step step;
static int orders_a_step = 1;

static void *work(void *argument) {
    Worker *worker = argument;
    while (now() < until) {
        if (step(worker)) {
            worker->orders += orders_a_step;
            worker->ended = now();
        } else {
            if (!run(worker->db, "ROLLBACK")) give_up(worker->db, "ROLLBACK");
            ++worker->conflicts;
        }
    }
    return NULL;
}

int main(int count, char **words) {
    if (count != 5 || !getenv("MARIADB_PASSWORD")) {
        fprintf(stderr, "usage: mariadb_loops PORT optimistic|conditional|batch CONNECTIONS SECONDS\n");
        return 2;
    }
    port = (unsigned)atoi(words[1]);
    const char *loop = words[2];
    if (!strcmp(loop, "optimistic")) step = optimistic;
    if (!strcmp(loop, "conditional")) step = conditional;
    if (!strcmp(loop, "batch")) step = batch, orders_a_step = BATCH;
    const int connections = atoi(words[3]);
    if (!step || connections < 1 || connections > THREADS_MAX) return 2;
    mysql_library_init(0, NULL, NULL);
    create_tables();

    static Worker workers[THREADS_MAX];
    for (int i = 0; i < connections; ++i) {
        Worker *worker = &workers[i];
        worker->db = open_connection();
        worker->text = malloc(TEXT);
        worker->random = 0x9e3779b97f4a7c15ULL * (uint64_t)(i + 1);
        worker->buyer = (unsigned)i * (BUYERS / (unsigned)connections);
    }
    const double began = now();
    until = began + atof(words[4]);
    for (int i = 0; i < connections; ++i) pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    long long orders = 0, conflicts = 0;
    double ended = began;
    for (int i = 0; i < connections; ++i) {
        pthread_join(workers[i].thread, NULL);
        orders += workers[i].orders;
        conflicts += workers[i].conflicts;
        if (workers[i].ended > ended) ended = workers[i].ended;
        mysql_close(workers[i].db);
        free(workers[i].text);
    }
    check_books(orders, step == batch);
    printf(
        "{\"loop\": \"%s\", \"connections\": %d, \"orders\": %lld, \"conflicts\": %lld, \"seconds\": %.3f,"
        " \"orders_per_s\": %.1f}\n",
        loop, connections, orders, conflicts, ended - began, ended > began ? (double)orders / (ended - began) : 0
    );
    return 0;
}
