-- Where a sale's units and orders are, counted as they move, so that showing them scans nothing. Paid units are what is
-- left: total - available - awaiting_payment (law L2). Only for people: no decision is made by them, and no CHECK could
-- make a wrong one stop a sale.
ALTER TABLE sale_stock ADD COLUMN awaiting_payment INTEGER NOT NULL DEFAULT 0;  -- units
ALTER TABLE sale_stock ADD COLUMN cancelled_orders INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sale_stock ADD COLUMN rejected_orders INTEGER NOT NULL DEFAULT 0;

UPDATE sale_stock SET (awaiting_payment, cancelled_orders, rejected_orders) = (
    SELECT COALESCE(SUM(CASE state WHEN 'awaiting_payment' THEN quantity ELSE 0 END), 0),
        COALESCE(SUM(state = 'cancelled'), 0), COALESCE(SUM(state = 'rejected'), 0)
    FROM orders
    WHERE number BETWEEN sale_stock.sale_id << 31 AND (sale_stock.sale_id << 31) + 2147483647
);
