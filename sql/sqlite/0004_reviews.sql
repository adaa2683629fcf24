-- The review platform: where shops are, what buyers think of them, and which cached pages a change
-- makes wrong.

-- Millionths of a degree.
ALTER TABLE shops ADD COLUMN latitude INTEGER CHECK (latitude BETWEEN -90000000 AND 90000000);
ALTER TABLE shops ADD COLUMN longitude INTEGER CHECK (
    longitude BETWEEN -180000000 AND 180000000 AND latitude IS NOT NULL
    OR longitude IS NULL AND latitude IS NULL
);
-- Of the ratings of its visible reviews; moved by the transaction that changes a review.
ALTER TABLE shops ADD COLUMN rating_sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shops ADD COLUMN rating_count INTEGER NOT NULL DEFAULT 0 CHECK (
    rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count
);
-- What lists by score are ordered by: score_order() in domain/shop.h.
ALTER TABLE shops ADD COLUMN score INTEGER GENERATED ALWAYS AS (
    CASE WHEN rating_count > 0 THEN rating_sum * 1000000000 / rating_count ELSE 0 END
) VIRTUAL;
-- Every index ends with the row's id.
CREATE INDEX shops_of_category ON shops (category);
CREATE INDEX shops_of_city ON shops (city);
CREATE INDEX shops_of_both ON shops (city, category);
CREATE INDEX shops_by_score ON shops (score);
CREATE INDEX shops_of_category_by_score ON shops (category, score);
CREATE INDEX shops_of_city_by_score ON shops (city, score);
CREATE INDEX shops_of_both_by_score ON shops (city, category, score);
CREATE INDEX goods_of_shop ON goods (shop_id);
CREATE INDEX sales_of_goods ON sales (goods_id);

CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of their creation
    shop_id INTEGER NOT NULL REFERENCES shops (shop_id),
    buyer TEXT NOT NULL CHECK (length(buyer) > 0),
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
    text TEXT NOT NULL CHECK (length(text) <= 2000),
    state TEXT NOT NULL CHECK (state IN ('visible', 'hidden', 'withdrawn')),
    created_at INTEGER NOT NULL,
    edited_at INTEGER CHECK (edited_at >= created_at),
    CHECK (state <> 'withdrawn' OR text = '')
) STRICT;
CREATE UNIQUE INDEX reviews_of_buyer ON reviews (shop_id, buyer);
CREATE INDEX reviews_newest ON reviews (shop_id) WHERE state = 'visible';
CREATE INDEX reviews_by_rating ON reviews (shop_id, rating) WHERE state = 'visible';

-- Pages that changed, until every cache is known to have forgotten them (app/relay_invalidations.h).
CREATE TABLE invalidations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    page TEXT NOT NULL CHECK (length(page) BETWEEN 1 AND 255)
) STRICT;
