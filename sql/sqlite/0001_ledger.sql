-- The ledger of embedded mode (docs/protocol.md §6 to §9). Times are milliseconds since 1970 UTC,
-- money is in minor units, order ids are 16 bytes. The CHECKs are the last line of defence:
-- whatever a gate or a plan did wrong, the ledger neither oversells nor keeps a state that does not
-- exist.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings (name, value) VALUES ('lease_ms', 3000), ('lease_margin_ms', 500);

CREATE TABLE shops (
    shop_id INTEGER PRIMARY KEY CHECK (shop_id > 0),
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    city TEXT NOT NULL
) STRICT;

CREATE TABLE goods (
    goods_id INTEGER PRIMARY KEY CHECK (goods_id > 0),
    shop_id INTEGER NOT NULL REFERENCES shops (shop_id),
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    price INTEGER NOT NULL CHECK (price >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3)
) STRICT;

CREATE TABLE sales (
    sale_id INTEGER PRIMARY KEY CHECK (sale_id BETWEEN 1 AND 4294967295),
    goods_id INTEGER NOT NULL REFERENCES goods (goods_id),
    mode TEXT NOT NULL CHECK (mode IN ('queued', 'direct')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'paused', 'closed')),
    gate_state TEXT NOT NULL CHECK (gate_state IN ('recovering', 'open')),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    limit_per_buyer INTEGER NOT NULL CHECK (limit_per_buyer >= 1),
    opens_at INTEGER NOT NULL,
    closes_at INTEGER NOT NULL CHECK (closes_at > opens_at),
    price INTEGER NOT NULL CHECK (price >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    payment_window INTEGER NOT NULL CHECK (payment_window >= 0),
    late_payment TEXT NOT NULL CHECK (late_payment IN ('refund', 'reacquire')),
    partition INTEGER NOT NULL CHECK (partition >= 0),
    secret_number INTEGER NOT NULL CHECK (secret_number >= 0),
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1))
) STRICT;

-- The row under the optimistic lock. version: +1 with every movement. epoch: incarnation of the
-- sale's gate. orders: rows of the sale, i.e. the place of the last one.
CREATE TABLE sale_stock (
    sale_id INTEGER PRIMARY KEY REFERENCES sales (sale_id),
    total INTEGER NOT NULL CHECK (total BETWEEN 0 AND 1000000000),
    available INTEGER NOT NULL CHECK (available >= 0),
    version INTEGER NOT NULL CHECK (version >= 1),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    sealed_epoch INTEGER NOT NULL CHECK (sealed_epoch >= 0),
    orders INTEGER NOT NULL DEFAULT 0 CHECK (orders BETWEEN 0 AND 2147483647),
    CHECK (available <= total),
    CHECK (sealed_epoch < epoch)
) STRICT;

-- A gapless log: one row per version. units is signed; 0 where no unit moved.
CREATE TABLE stock_movements (
    sale_id INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    kind TEXT NOT NULL CHECK (
        kind IN (
            'stock', 'settle', 'cancel', 'park', 'bury', 'redrive', 'discard', 'restock', 'seal'
        )
    ),
    units INTEGER NOT NULL,
    available_after INTEGER NOT NULL CHECK (available_after >= 0),
    at INTEGER NOT NULL,
    PRIMARY KEY (sale_id, version)
) STRICT, WITHOUT ROWID;

-- number = sale_id · 2^31 + the order's place in its sale. Ids are random; with this key the rows
-- of a sale lie together and are appended, so that a batch touches few pages.
CREATE TABLE orders (
    number INTEGER PRIMARY KEY,
    sale_id INTEGER NOT NULL,
    order_id BLOB NOT NULL CHECK (length(order_id) = 16),
    buyer TEXT NOT NULL CHECK (length(buyer) > 0),
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    price INTEGER NOT NULL CHECK (price >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    payment_window INTEGER NOT NULL CHECK (payment_window >= 0),
    state TEXT NOT NULL CHECK (state IN ('awaiting_payment', 'paid', 'cancelled', 'rejected')),
    reason TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL,
    extended_until INTEGER CHECK (extended_until > deadline_at),
    payment_id TEXT,
    CHECK (number >> 31 = sale_id),
    CHECK ((payment_id IS NOT NULL) = (state = 'paid' AND price > 0)),
    CHECK (
        CASE state
            WHEN 'cancelled' THEN reason IN ('expired', 'buyer_cancelled')
            WHEN 'rejected' THEN reason IN ('sold_out', 'limit_reached', 'discarded')
            ELSE reason = ''
        END
    )
) STRICT;
CREATE UNIQUE INDEX orders_by_id ON orders (sale_id, order_id);
CREATE INDEX orders_due ON orders (COALESCE(extended_until, deadline_at))
    WHERE state = 'awaiting_payment';
CREATE INDEX orders_of_buyer ON orders (buyer);

-- Σ quantity of the buyer's active orders: the ledger's own guard of the limit.
CREATE TABLE buyer_totals (
    sale_id INTEGER NOT NULL,
    buyer TEXT NOT NULL,
    bought INTEGER NOT NULL CHECK (bought >= 0),
    PRIMARY KEY (sale_id, buyer)
) STRICT, WITHOUT ROWID;

-- Accepted orders that left the queue unsettled: parked (will be retried) or buried (wait for a
-- person).
CREATE TABLE deferred_orders (
    sale_id INTEGER NOT NULL,
    order_id BLOB NOT NULL CHECK (length(order_id) = 16),
    epoch INTEGER NOT NULL,
    buyer TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 1),
    price INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payment_window INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('parked', 'buried')),
    attempt INTEGER NOT NULL CHECK (attempt >= 0),
    due_at INTEGER NOT NULL,
    first_failed_at INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (sale_id, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deferred_orders_due ON deferred_orders (due_at)
    WHERE state = 'parked';

-- A failed expiry, cancel, payment application or webhook.
CREATE TABLE deferred_work (
    kind TEXT NOT NULL CHECK (kind IN ('expiry', 'cancel', 'payment', 'webhook')),
    key TEXT NOT NULL,
    sale_id INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('parked', 'buried')),
    attempt INTEGER NOT NULL CHECK (attempt >= 0),
    due_at INTEGER NOT NULL,
    first_failed_at INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX deferred_work_due ON deferred_work (due_at) WHERE state = 'parked';

-- Every validly signed notification, once and for ever. replacement: the order that late money
-- bought instead.
CREATE TABLE payments (
    payment_id TEXT NOT NULL PRIMARY KEY,
    order_id BLOB NOT NULL CHECK (length(order_id) = 16),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    state TEXT NOT NULL CHECK (state IN ('unmatched', 'applied', 'refund_due')),
    refund_reason TEXT NOT NULL,
    replacement BLOB CHECK (length(replacement) = 16),
    received_at INTEGER NOT NULL,
    CHECK ((state = 'refund_due') = (refund_reason <> ''))
) STRICT, WITHOUT ROWID;
-- An order is paid by one payment.
CREATE UNIQUE INDEX payments_applied ON payments (COALESCE(replacement, order_id))
    WHERE state = 'applied';
CREATE INDEX payments_unmatched ON payments (COALESCE(replacement, order_id))
    WHERE state = 'unmatched';

CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE reconcile_findings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    sale_id INTEGER NOT NULL,
    finding TEXT NOT NULL,
    cause TEXT NOT NULL,
    repair TEXT NOT NULL
) STRICT;
