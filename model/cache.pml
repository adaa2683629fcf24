/* cache.pml -- the races of the logical-expiry cache (src/cache), one key, as a model for the Spin model checker.
 *
 *   spin -a cache.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m100000 -E
 *   spin -t -p -g cache.pml                         replays the counterexample of the last failed run (same flags)
 *
 * Reading order: the row - the store (Redis: value and meta of the key) - the laws - Loader, Writer, Outbox, Faults -
 * with -DNODE the first level of one node and its feed of invalidations.
 *
 * Each script is one atomic step; a load is several (acquire, read the database, commit), and anything may happen in
 * between. A process that is slow, paused or dead is one that is not scheduled for a while, or any more. Time does not
 * occur: a lease runs out whenever Spin likes, and "one second" is a tick that comes when no message is under way.
 *
 * Flags. Sizes and faults: LOADERS, LOADS of each, WRITES, LOSS = Redis restarts empty, EVICT = it evicts the meta or the
 *   value alone, LAPSE = leases that run out although their holder may live, REPEAT = invalidations repeated without need,
 *   NODE = also model a first level: DROPS = messages lost on the way, CUTS of its subscription, TICKS, OTHER = invalidations
 *   of another key, FILLS = reads through it.
 * MUT_x breaks a rule on purpose. Every one must be caught by a law: a model that cannot fail proves nothing (check_cache.sh).
 */
#ifndef LOADERS
#define LOADERS 2
#endif
#ifndef LOADS
#define LOADS 2
#endif
#ifndef WRITES
#define WRITES 2
#endif
#ifndef LOSS
#define LOSS 1
#endif
#ifndef EVICT
#define EVICT 1
#endif
#ifndef LAPSE
#define LAPSE 1
#endif
#ifndef REPEAT
#define REPEAT 1
#endif
#ifndef DROPS
#define DROPS 2
#endif
#ifndef CUTS
#define CUTS 1
#endif
#ifndef TICKS
#define TICKS 3
#endif
#ifndef OTHER
#define OTHER 1
#endif
#ifndef FILLS
#define FILLS 2
#endif

/* ---- the row in the database. A write changes it and records its invalidation in one transaction ---------------- */
byte db = 0;                /* version of the row */
byte pending = 0;           /* the outbox: invalidations up to this version are to be repeated until acknowledged; 0 = none */
bool written = false;       /* the writer will write no more */

/* ---- the store ------------------------------------------------------------------------------------------------- */
bool value = false;         /* is there a value, and: */
byte v_version, v_ticket;
bool meta = false;          /* is there a meta, and: */
byte m_generation, m_ticket, m_owner;           /* m_owner: ticket of the lease, 0 = none */
byte generation[LOADERS];   /* what the loaders remember: the name of the generation in which they began, 0 = none */
byte lapse = LAPSE;

/* ---- ghosts: what no process knows, for the laws ---------------------------------------------------------------- */
byte guard = 0;             /* the row's version at the last invalidation that was carried out */
byte v_born = 0;            /* number of the load that the value came from */
byte v_floor = 0;           /* greatest version at the beginning of any load that was stored in this value's place */
byte born = 0;              /* loads begun */
byte current = 0;           /* bit i: since loader i began, nobody has invalidated and the meta was not lost */
byte holding = 0;           /* bit i: loader i is loading and has its lease */

/* ---- laws ------------------------------------------------------------------------------------------------------- */
hidden byte L1_no_older_value, L2_not_backwards, L3_one_load, L4_load_lands, L5_final, L6_node_heard, L7_node_second;
#define CHECK_STORE \
  assert(L1_no_older_value || !value || v_version >= guard); \
  assert(L2_not_backwards || !value || v_version >= v_floor); \
  assert(L5_final || !(written && pending == 0) || !value || v_version == db)

/* ---- the first level of one node ---------------------------------------------------------------------------------- */
#ifdef NODE
#define MINE   1            /* messages: forget this key; */
#define OTHERS 2            /*   another key; */
#define BEAT   0            /*   nothing new, this was the last number */
chan bus = [3] of { byte, byte, byte };         /* kind, number, ghost: told */
byte number = 0;            /* the store's counter of messages */
byte drops = DROPS;
bool sub = true;            /* messages reach the node */
bool base_known = true;     /* the node has heard a number since it subscribed */
byte last = 0;              /* the last number heard */
bool heard = true;          /* in this second */
bool alive = true;          /* not silent for too long: the first level is served from */
bool l1 = false;
byte l1_version;
byte unchanged = 0;         /* bit i: nothing was forgotten since process i took its token (what an epoch is for) */
byte must = 0;              /* ghost: versions that the node knows to have been replaced, or would if it looked at numbers */
byte told = 0, told_before = 0, overdue = 0;    /* ghosts: guard at the last invalidation published: now, before the last tick, and before that */

#define CHECK_NODE \
  assert(L6_node_heard || !alive || !l1 || l1_version >= must); \
  assert(L7_node_second || !alive || !l1 || l1_version >= overdue)
inline send(kind) {
  if
  :: sub && nfull(bus) -> bus!kind, number, told
  :: !sub -> skip
  :: sub && drops > 0 -> drops--
  fi
}
inline publish(kind) { number++; if :: kind == MINE -> told = guard :: else fi; send(kind) }
inline flush() { l1 = false; l1_version = 0; unchanged = 0 }
inline take_token(i) { unchanged = unchanged | (1 << i) }
inline fill(i, version) {
  if
#ifdef MUT_L1_EPOCH
  :: true ->
#else
  :: unchanged & (1 << i) ->
#endif
     l1 = true; l1_version = version; CHECK_NODE
  :: else
  fi
}
inline cut() {                                  /* what is under way is lost; the node may notice late, or by the silence alone */
  sub = false;
  do :: nempty(bus) -> bus?_, _, _ :: empty(bus) -> break od
}
#endif

/* ---- the scripts: each is one atomic step ------------------------------------------------------------------------ */
/* Names of generations are random, so none is met again, whatever the store forgets: here, any that nobody remembers. */
#define REMEMBERED(g) (m_generation == (g) || generation[0] == (g) || generation[LOADERS / 2] == (g) || \
                       generation[LOADERS - 1] == (g))
#define NONCE (!REMEMBERED(1) -> 1 : (!REMEMBERED(2) -> 2 : (!REMEMBERED(3) -> 3 : (!REMEMBERED(4) -> 4 : 5))))
inline new_generation() {
#ifdef MUT_CONSTANT_GENERATION
  m_generation = 1
#elif defined(MUT_COUNTED_GENERATION)           /* a counter, which starts again when the store loses it */
  m_generation = (meta -> m_generation + 1 : 1)
#else
  m_generation = NONCE
#endif
}
inline turn() { current = 0; holding = 0 }
inline drop_value() { value = false; v_version = 0; v_ticket = 0; v_born = 0; v_floor = 0 }
inline drop_meta() { meta = false; m_generation = 0; m_ticket = 0; m_owner = 0; turn() }

#ifdef MUT_LEASE                                /* everybody loads */
#define FREE true
#else
#define FREE (!meta || m_owner == 0)
#endif
inline acquire() {
  if :: !meta -> new_generation(); meta = true; m_ticket = 0 :: else fi;
#ifndef MUT_TICKET_RESTART                      /* a store that lost the meta alone must not hand out tickets that look old */
  if :: value && v_ticket > m_ticket -> m_ticket = v_ticket :: else fi;
#endif
  m_ticket++; m_owner = m_ticket;
  generation[me] = m_generation; ticket = m_ticket;
  born++; my_birth = born; current = current | (1 << me); floor = db;
  assert(L3_one_load || holding == 0);
  holding = holding | (1 << me)
}
#ifdef MUT_PLAIN_SET
#define ACCEPT true
#elif defined(MUT_META_MISSING)                 /* nothing known against it: store it */
#define ACCEPT (!meta || m_generation == generation[me]) && (!value || ticket > v_ticket)
#elif defined(MUT_TICKET)
#define ACCEPT meta && m_generation == generation[me]
#elif defined(MUT_OWNER)                        /* only the lease's owner may store */
#define ACCEPT meta && m_generation == generation[me] && (!value || ticket > v_ticket) && m_owner == ticket
#else
#define ACCEPT meta && m_generation == generation[me] && (!value || ticket > v_ticket)
#endif
inline commit() {
  stored = false;
  if
  :: ACCEPT -> stored = true;
     value = true; v_version = version; v_ticket = ticket; v_born = my_birth;
     if :: floor > v_floor -> v_floor = floor :: else fi
  :: else
  fi;
  give_back();
  CHECK_STORE;
  /* A slow load whose lease was taken over is stored, unless a load that began later was: nobody loads for ever. */
  assert(L4_load_lands || !(current & (1 << me)) || (value && v_born >= my_birth))
}
inline give_back() {
#ifdef MUT_RELEASE                              /* releases whatever lease there is */
  m_owner = 0;
#else
  if :: meta && m_generation == generation[me] && m_owner == ticket -> m_owner = 0 :: else fi;
#endif
  holding = holding & ~(1 << me)
}
inline invalidate() {
#ifndef MUT_KEEP_VALUE
  drop_value();
#endif
  new_generation(); meta = true; m_owner = 0; turn();
  guard = db;
  CHECK_STORE
}

inline forget() {                               /* (clearing dead variables only keeps the state space small) */
  generation[me] = 0; ticket = 0; version = 0; my_birth = 0; floor = 0; stored = false; current = current & ~(1 << me)
}

/* ---- whoever rebuilds the value. Loader 0 runs in the node with the first level ----------------------------------- */
proctype Loader(byte me) {
  byte k = 0, ticket, version, my_birth, floor; bool stored;
  do
  :: k == LOADS -> break
  :: k < LOADS -> k++;
#ifdef NODE
     atomic { if :: me == 0 -> take_token(0) :: else fi }
#endif
#ifdef MUT_READ_FIRST
     version = db;
     atomic { FREE -> acquire() }
#else
     atomic { FREE -> acquire() }
     version = db;                              /* the query; its answer may take long */
#endif
#ifdef NODE
     if
     :: atomic { commit() }
        atomic { if :: me == 0 && stored -> fill(0, version) :: else fi; unchanged = (me == 0 -> unchanged & ~1 : unchanged); forget() }
     :: atomic { give_back(); unchanged = (me == 0 -> unchanged & ~1 : unchanged); forget() }
     fi
#else
     if
     :: atomic { commit(); forget() }
     :: atomic { give_back(); forget() }        /* the load failed */
     fi
#endif
  od
}

/* ---- a write, and the outbox that repeats its invalidation until it is acknowledged ------------------------------- */
inline acknowledge(up_to) { if :: pending == up_to -> pending = 0 :: else fi; CHECK_STORE }
#ifdef MUT_TWO_STEPS                            /* two commands instead of one script */
#define INVALIDATE \
  atomic { drop_value() } \
  atomic { new_generation(); meta = true; m_owner = 0; turn(); guard = db; CHECK_STORE }
#else
#define INVALIDATE atomic { invalidate() }
#endif
proctype Writer() {
  byte w = 0;
  do
  :: w == WRITES -> break
  :: w < WRITES ->
#ifdef MUT_INVALIDATE_FIRST
     INVALIDATE;
     atomic { db++; w++; CHECK_STORE }
#else
     atomic { db++; w++;                        /* one transaction */
#ifndef MUT_NO_OUTBOX
       pending = db;
#endif
     }
#ifndef NODE                                    /* (with NODE the outbox does it: the same steps, and fewer states) */
     if
#ifdef MUT_TWO_STEPS
     :: INVALIDATE; atomic { acknowledge(db) }
#else
     :: atomic { invalidate(); if :: acknowledge(db) :: skip fi }                   /* or the answer is lost */
#endif
     :: skip                                    /* dies between COMMIT and invalidate */
     fi
#endif
#endif
  od;
  atomic { w = 0; written = true; CHECK_STORE }
}
proctype Outbox() {
  byte seen = 0, repeat = REPEAT;
  do
#ifdef NODE
  :: atomic { pending != 0 -> seen = pending }  /* the rows that it has read */
     INVALIDATE;
     atomic { publish(MINE) }
     if :: atomic { acknowledge(seen); seen = 0 }
        :: atomic { repeat > 0 -> repeat--; seen = 0 }
     fi
#else
  :: atomic { pending != 0 -> invalidate(); if :: acknowledge(db) :: repeat > 0 -> repeat-- fi }
#endif
  od
}

/* ---- what the store and the network do of themselves --------------------------------------------------------------- */
proctype Faults() {
  byte loss = LOSS, evict = EVICT;
#ifdef MUT_SNAPSHOT
  bool saved = false, s_value, s_meta; byte s_version, s_ticket, s_generation, s_last;
#endif
#ifdef NODE
  byte cuts = CUTS;
#endif
  do
  :: atomic { lapse > 0 && meta && m_owner != 0 -> lapse--; m_owner = 0; holding = 0 }  /* heartbeats came too late */
  :: atomic { evict > 0 && meta -> evict--; drop_meta() }
  :: atomic { evict > 0 && value -> evict--; drop_value() }
#ifdef MUT_SNAPSHOT                             /* comes back with what it had on disk */
  :: atomic { !saved -> saved = true; s_value = value; s_version = v_version; s_ticket = v_ticket; s_meta = meta;
       s_generation = m_generation; s_last = m_ticket }
  :: atomic { loss > 0 && saved -> loss--; drop_value(); drop_meta(); value = s_value; v_version = s_version;
       v_ticket = s_ticket; meta = s_meta; m_generation = s_generation; m_ticket = s_last; CHECK_STORE }
#else
  :: atomic { loss > 0 && (meta || value) -> loss--; drop_value(); drop_meta();
#ifdef NODE
       number = 0; cut()
#endif
     }
#endif
#ifdef NODE
  :: atomic { cuts > 0 && sub -> cuts--; cut() }
#endif
  od
}

#ifdef NODE
proctype Node() {
  byte kind, n, g, ticks = TICKS; bool missed;
  do
  :: atomic { bus?kind, n, g ->
       missed = (kind == BEAT -> n != last : n != last + 1);
#ifdef MUT_GAP
       missed = missed && kind == BEAT;
#endif
#ifdef MUT_BEAT
       missed = missed && kind != BEAT;
#endif
#ifdef MUT_FIRST_NUMBER                         /* the first number after subscribing is believed to be the right one */
       if :: !base_known -> missed = false :: else fi;
#else
       missed = missed || !base_known;
#endif
       missed = missed || !alive;
       base_known = true; last = n; heard = true; alive = true;
       if :: missed || kind == MINE -> flush() :: else fi;
       if :: g > must -> must = g :: else fi;
       CHECK_NODE; kind = 0; n = 0; g = 0; missed = false }
  :: atomic { !sub ->                           /* subscribes again */
       sub = true; base_known = false; heard = true; alive = true;
#ifndef MUT_RECONNECT
       flush();
#endif
       if :: told > must -> must = told :: else fi;
       CHECK_NODE }
  :: atomic { ticks > 0 && empty(bus) ->        /* a second has passed, and nothing is under way any more */
       ticks--;
#ifndef MUT_SILENCE
       if :: !heard && alive -> alive = false; flush() :: else fi;
#endif
       heard = false; overdue = told_before; told_before = told;
       CHECK_NODE;
       send(BEAT) }
  od
}
proctype Reader() {                             /* fills the first level from the store */
  byte k = 0, version;
  do
  :: k == FILLS -> break
  :: atomic { k < FILLS && alive -> k++; take_token(7) }
     atomic { value -> version = v_version }
     atomic { if :: alive -> fill(7, version) :: else fi; unchanged = unchanged & ~(1 << 7); version = 0 }
  od
}
proctype Others() {
  byte k = 0;
  do :: k == OTHER -> break
     :: atomic { k < OTHER -> k++; publish(OTHERS) }
  od
}
#endif

init {
  atomic {
    run Loader(0);
#if LOADERS > 1
    run Loader(1);
#endif
#if LOADERS > 2
    run Loader(2);
#endif
    run Writer(); run Outbox(); run Faults();
#ifdef NODE
    run Node(); run Reader(); run Others();
#endif
  }
}
