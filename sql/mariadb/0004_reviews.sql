-- The review platform: where shops are, what buyers think of them, and which cached pages a change makes wrong.

-- latitude, longitude: millionths of a degree. rating_sum, rating_count: of the ratings of its visible reviews; moved by
-- the transaction that changes a review. score: what lists by score are ordered by, score_order() in domain/shop.h.
-- Every index ends with the row's id.
ALTER TABLE shops
    ADD COLUMN latitude INT NULL,
    ADD COLUMN longitude INT NULL,
    ADD COLUMN rating_sum BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN rating_count BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN score BIGINT GENERATED ALWAYS AS (
        CASE WHEN rating_count > 0 THEN rating_sum * 1000000000 DIV rating_count ELSE 0 END
    ) STORED,
    ADD CONSTRAINT shops_place CHECK ((latitude IS NULL) = (longitude IS NULL)),
    ADD CONSTRAINT shops_latitude CHECK (latitude BETWEEN -90000000 AND 90000000),
    ADD CONSTRAINT shops_longitude CHECK (longitude BETWEEN -180000000 AND 180000000),
    ADD CONSTRAINT shops_ratings CHECK (rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count),
    ADD KEY shops_of_category (category),
    ADD KEY shops_of_city (city),
    ADD KEY shops_of_both (city, category),
    ADD KEY shops_by_score (score),
    ADD KEY shops_of_category_by_score (category, score),
    ADD KEY shops_of_city_by_score (city, score),
    ADD KEY shops_of_both_by_score (city, category, score);

-- review_id: in the order of their creation. buyer: bytes, as in orders.
CREATE TABLE reviews (
    review_id BIGINT NOT NULL AUTO_INCREMENT,
    shop_id BIGINT NOT NULL,
    buyer VARBINARY(64) NOT NULL,
    rating TINYINT NOT NULL,
    text VARCHAR(2000) NOT NULL,
    state ENUM ('visible', 'hidden', 'withdrawn') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT NULL,
    PRIMARY KEY (review_id),
    UNIQUE KEY reviews_of_buyer (shop_id, buyer),
    KEY reviews_newest (shop_id, state),
    KEY reviews_by_rating (shop_id, state, rating),
    FOREIGN KEY (shop_id) REFERENCES shops (shop_id),
    CHECK (LENGTH(buyer) > 0),
    CHECK (rating BETWEEN 1 AND 5),
    CHECK (edited_at >= created_at),
    CHECK (state <> 'withdrawn' OR text = '')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Pages that changed, until every cache is known to have forgotten them (app/relay_invalidations.h). A row is deleted by
-- its own id and never by "all up to": ids are given before COMMIT, so a lower one may appear later.
CREATE TABLE invalidations (
    id BIGINT NOT NULL AUTO_INCREMENT,
    page VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    CHECK (LENGTH(page) > 0)
) ENGINE = InnoDB;
