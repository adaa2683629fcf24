-- The order queue of embedded mode (docs/protocol.md §12). Bodies are in the form of ports/message_codec.h.

-- Not acked yet, in order of id within a partition. AUTOINCREMENT: an id is never used again, even after the table was
-- empty, so that an ack can never name a newer message than the one it was given for.
CREATE TABLE queue_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partition INTEGER NOT NULL CHECK (partition >= 0),
    enqueued_ms INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX queue_messages_by_partition ON queue_messages (partition, id);

-- Retry tiers: outside the order until due, then moved to the tail. Only timers.
CREATE TABLE queue_delayed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    not_before_ms INTEGER NOT NULL,
    partition INTEGER NOT NULL CHECK (partition >= 0),
    body BLOB NOT NULL
) STRICT;
CREATE INDEX queue_delayed_by_time ON queue_delayed (not_before_ms);

-- Notices for people: a buried order, or an undecodable message kept whole.
CREATE TABLE queue_dead (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    noticed_ms INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
