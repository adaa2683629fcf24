-- Where a sale's units and orders are, counted as they move, so that showing them scans nothing. Units that await
-- payment are what is left: total - available - paid (law L2). Only for people: no decision is made by them.
ALTER TABLE sale_stock
    ADD COLUMN cancelled_orders BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN rejected_orders BIGINT NOT NULL DEFAULT 0;

-- A payment locks its order and nothing that other payments need, least of all the stock row: so paid units are counted
-- in several rows of a sale, one of which a payment takes by its order's id.
CREATE TABLE paid_units (
    sale_id INT UNSIGNED NOT NULL,
    slot TINYINT UNSIGNED NOT NULL,
    units BIGINT NOT NULL,
    PRIMARY KEY (sale_id, slot)
) ENGINE = InnoDB;

UPDATE sale_stock k JOIN (
    SELECT sale_id, SUM(state = 'cancelled') AS cancelled, SUM(state = 'rejected') AS rejected FROM orders GROUP BY sale_id
) o ON o.sale_id = k.sale_id
SET k.cancelled_orders = o.cancelled, k.rejected_orders = o.rejected;

-- Repeated after a crash it changes nothing.
INSERT INTO paid_units (sale_id, slot, units)
SELECT sale_id, 0, SUM(quantity) FROM orders WHERE state = 'paid' GROUP BY sale_id
ON DUPLICATE KEY UPDATE units = VALUES(units);
