-- The production ledger (docs/protocol.md §6 to §9), for MariaDB >= 10.6 and MySQL >= 8.0.16. Times are milliseconds
-- since 1970 UTC, money is in minor units, order ids are 16 bytes. Ids that come from outside (buyer, payment_id,
-- work_key) are bytes: no collation may take two of them for one. The CHECKs are the last line of defence: whatever a
-- gate or a plan did wrong, the ledger neither oversells nor keeps a state that does not exist.
--
-- DDL is not transactional: the program records every statement of this file that is done and goes on behind it. One
-- statement ends with its line.

CREATE TABLE settings (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB;

-- sale_numbers: locked by whoever creates a sale, so that numbers are given out one after the other.
INSERT INTO settings (name, value) VALUES ('lease_ms', 3000), ('lease_margin_ms', 500), ('sale_numbers', 0);

CREATE TABLE shops (
    shop_id BIGINT NOT NULL AUTO_INCREMENT,
    name VARCHAR(200) NOT NULL,
    category VARCHAR(200) NOT NULL,
    city VARCHAR(200) NOT NULL,
    PRIMARY KEY (shop_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE goods (
    goods_id BIGINT NOT NULL AUTO_INCREMENT,
    shop_id BIGINT NOT NULL,
    title VARCHAR(200) NOT NULL,
    description TEXT NOT NULL,
    price BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (goods_id),
    FOREIGN KEY (shop_id) REFERENCES shops (shop_id),
    CHECK (price >= 0),
    CHECK (LENGTH(currency) = 3)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE sales (
    sale_id INT UNSIGNED NOT NULL,
    goods_id BIGINT NOT NULL,
    mode ENUM ('queued', 'direct') NOT NULL,
    state ENUM ('draft', 'open', 'paused', 'closed') NOT NULL,
    gate_state ENUM ('recovering', 'open') NOT NULL,
    revision BIGINT NOT NULL,
    limit_per_buyer BIGINT NOT NULL,
    opens_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    price BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_window BIGINT NOT NULL,
    late_payment ENUM ('refund', 'reacquire') NOT NULL,
    queue_partition INT UNSIGNED NOT NULL,
    secret_number INT UNSIGNED NOT NULL,
    retired TINYINT NOT NULL DEFAULT 0,
    PRIMARY KEY (sale_id),
    FOREIGN KEY (goods_id) REFERENCES goods (goods_id),
    CHECK (sale_id >= 1),
    CHECK (revision >= 1),
    CHECK (limit_per_buyer >= 1),
    CHECK (closes_at > opens_at),
    CHECK (price >= 0),
    CHECK (LENGTH(currency) = 3),
    CHECK (payment_window >= 0),
    CHECK (retired IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- The row under the optimistic lock. version: +1 with every movement. epoch: incarnation of the sale's gate. orders: rows
-- of the sale, i.e. the place of the last one.
CREATE TABLE sale_stock (
    sale_id INT UNSIGNED NOT NULL,
    total BIGINT NOT NULL,
    available BIGINT NOT NULL,
    version BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    sealed_epoch BIGINT NOT NULL,
    orders BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (sale_id),
    FOREIGN KEY (sale_id) REFERENCES sales (sale_id),
    CHECK (total BETWEEN 0 AND 1000000000),
    CHECK (available >= 0),
    CHECK (available <= total),
    CHECK (version >= 1),
    CHECK (epoch >= 1),
    CHECK (sealed_epoch >= 0),
    CHECK (sealed_epoch < epoch),
    CHECK (orders BETWEEN 0 AND 4294967295)
) ENGINE = InnoDB;

-- A gapless log: one row per version. units is signed; 0 where no unit moved.
CREATE TABLE stock_movements (
    sale_id INT UNSIGNED NOT NULL,
    version BIGINT NOT NULL,
    kind ENUM ('stock', 'settle', 'cancel', 'park', 'bury', 'redrive', 'discard', 'restock', 'seal') NOT NULL,
    units BIGINT NOT NULL,
    available_after BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sale_id, version),
    CHECK (version >= 1),
    CHECK (available_after >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- place: 1, 2, 3 … within the sale. Ids are random; with this key the rows of a sale lie together and are appended, so
-- that a batch touches few pages. due_at: when an order that awaits payment expires, and NULL for all others.
CREATE TABLE orders (
    sale_id INT UNSIGNED NOT NULL,
    place INT UNSIGNED NOT NULL,
    order_id BINARY(16) NOT NULL,
    buyer VARBINARY(64) NOT NULL,
    quantity INT NOT NULL,
    price BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_window BIGINT NOT NULL,
    state ENUM ('awaiting_payment', 'paid', 'cancelled', 'rejected') NOT NULL,
    reason ENUM ('', 'expired', 'buyer_cancelled', 'sold_out', 'limit_reached', 'discarded') NOT NULL,
    accepted_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL,
    extended_until BIGINT NULL,
    payment_id VARBINARY(128) NULL,
    due_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN state = 'awaiting_payment' THEN COALESCE(extended_until, deadline_at) END
    ) STORED,
    PRIMARY KEY (sale_id, place),
    UNIQUE KEY orders_by_id (sale_id, order_id),
    KEY orders_due (due_at),
    KEY orders_of_buyer (buyer),
    CHECK (LENGTH(buyer) > 0),
    CHECK (quantity BETWEEN 1 AND 1000000),
    CHECK (price >= 0),
    CHECK (LENGTH(currency) = 3),
    CHECK (payment_window >= 0),
    CHECK (extended_until > deadline_at),
    CHECK ((payment_id IS NOT NULL) = (state = 'paid' AND price > 0)),
    CHECK (
        CASE state
            WHEN 'cancelled' THEN reason IN ('expired', 'buyer_cancelled')
            WHEN 'rejected' THEN reason IN ('sold_out', 'limit_reached', 'discarded')
            ELSE reason = ''
        END
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- Σ quantity of the buyer's active orders: the ledger's own guard of the limit.
CREATE TABLE buyer_totals (
    sale_id INT UNSIGNED NOT NULL,
    buyer VARBINARY(64) NOT NULL,
    bought BIGINT NOT NULL,
    PRIMARY KEY (sale_id, buyer),
    CHECK (bought >= 0)
) ENGINE = InnoDB;

-- Accepted orders that left the queue unsettled: parked (will be retried) or buried (wait for a person).
CREATE TABLE deferred_orders (
    sale_id INT UNSIGNED NOT NULL,
    order_id BINARY(16) NOT NULL,
    epoch BIGINT NOT NULL,
    buyer VARBINARY(64) NOT NULL,
    quantity INT NOT NULL,
    price BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_window BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    state ENUM ('parked', 'buried') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt INT NOT NULL,
    due_at BIGINT NOT NULL,
    first_failed_at BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (sale_id, order_id),
    KEY deferred_orders_due (state, due_at),
    CHECK (quantity >= 1),
    CHECK (attempt >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A failed expiry, cancel, payment application or webhook.
CREATE TABLE deferred_work (
    kind ENUM ('expiry', 'cancel', 'payment', 'webhook') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    work_key VARBINARY(255) NOT NULL,
    sale_id INT UNSIGNED NOT NULL,
    state ENUM ('parked', 'buried') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt INT NOT NULL,
    due_at BIGINT NOT NULL,
    first_failed_at BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (kind, work_key),
    KEY deferred_work_due (state, due_at),
    CHECK (attempt >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Every validly signed notification, once and for ever. replacement: the order that late money bought instead.
-- paid_order: unique, because an order is paid by one payment. awaited_order: what an unmatched payment waits for.
CREATE TABLE payments (
    payment_id VARBINARY(128) NOT NULL,
    order_id BINARY(16) NOT NULL,
    amount BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state ENUM ('unmatched', 'applied', 'refund_due') NOT NULL,
    refund_reason ENUM (
        '', 'order_cancelled', 'order_rejected', 'already_paid', 'amount_mismatch', 'order_unknown',
        'no_stock_for_late_money'
    ) NOT NULL,
    replacement BINARY(16) NULL,
    received_at BIGINT NOT NULL,
    paid_order BINARY(16) GENERATED ALWAYS AS (
        CASE WHEN state = 'applied' THEN COALESCE(replacement, order_id) END
    ) STORED,
    awaited_order BINARY(16) GENERATED ALWAYS AS (
        CASE WHEN state = 'unmatched' THEN COALESCE(replacement, order_id) END
    ) STORED,
    PRIMARY KEY (payment_id),
    UNIQUE KEY payments_applied (paid_order),
    KEY payments_awaiting (awaited_order),
    KEY payments_by_state (state, received_at),
    CHECK (LENGTH(currency) = 3),
    CHECK ((state = 'refund_due') = (refund_reason <> ''))
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE audit_log (
    id BIGINT NOT NULL AUTO_INCREMENT,
    at BIGINT NOT NULL,
    actor VARCHAR(200) NOT NULL,
    action VARCHAR(64) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE reconcile_findings (
    id BIGINT NOT NULL AUTO_INCREMENT,
    at BIGINT NOT NULL,
    sale_id INT UNSIGNED NOT NULL,
    finding TEXT NOT NULL,
    cause TEXT NOT NULL,
    repair TEXT NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
