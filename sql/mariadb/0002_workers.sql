-- Which worker processes live: each says so every second by the database's clock (docs/adr/0009).
CREATE TABLE workers (
    worker VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (worker)
) ENGINE = InnoDB;
