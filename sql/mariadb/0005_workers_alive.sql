-- Whether a worker held a named lock when it last attended. The lock is gone as soon as the worker's session is: then it is
-- dead, however lately it was seen. 0: nobody can tell (a cluster that knows no such locks, an older worker).
ALTER TABLE workers ADD COLUMN locked TINYINT NOT NULL DEFAULT 0;
