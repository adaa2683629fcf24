// One process that reads through a peer's cache. The load loop runs in here, so that the protocol is not measured; the
// driver sends one command a line (JSON) to stdin and gets one line of JSON back. README.md specifies commands and loop;
// sluice_subject.cc speaks the same.
//
//   node subject.mjs CACHE            CACHE names a file of caches/
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { monotonic_ns, xorshift32 } from './clock.mjs';
import { Database, DatabaseDown } from './loader.mjs';

const FAILED = 0xffffffff; // outcomes of a read that are no version
const UNANSWERED = 0xfffffffe;
const RECORD_BYTES = 32; // u64 intended, u64 issued, u64 done, u32 key, u32 outcome; little endian
const TICK_MS = 1;
const SPEED_BATCH = 64;

const implementation = await import(`./caches/${process.argv[2]}.mjs`);
let cache;
let database;
let unhandled = 0; // rejections nobody caught: they end a Node process unless it asks not to
process.on('unhandledRejection', () => unhandled++);

// The key of read i. With `cold`, every cold.every-th read is for the next key of a second range instead.
function key_chooser({ first, count, cold }, order, seed) {
    const random = xorshift32(seed ?? 1);
    const warm = order === 'random' ? () => first + (random() % count) : (i) => first + (i % count);
    if (!cold) return warm;
    let colder = 0;
    return (i) => (i % cold.every === cold.every - 1 ? cold.first + (colder++ % cold.count) : warm(i));
}

// Calls once(i, intended) for i = 0 … n-1 at start + i / rate, late rather than never; resolves when all have been called.
function open_loop({ start_ns, rate, duration_ms }, once) {
    const n = Math.floor((rate * duration_ms) / 1000);
    const gap_ns = 1e9 / rate;
    let i = 0;
    return new Promise((resolve) => {
        const tick = () => {
            for (; i < n; i++) {
                const intended = start_ns + Math.floor(i * gap_ns);
                if (intended > monotonic_ns()) break;
                once(i, intended);
            }
            if (i < n) setTimeout(tick, TICK_MS);
            else resolve(n);
        };
        tick();
    });
}

class Samples {
    #records = [];

    add(intended, key) {
        const record = { intended, issued: monotonic_ns(), done: 0, key, outcome: UNANSWERED };
        this.#records.push(record);
        return record;
    }

    // Waits until all are answered, at most `drain_ms`, and writes them.
    async write(path, drain_ms) {
        const until = monotonic_ns() + drain_ms * 1e6;
        while (this.#records.some((record) => record.done === 0) && monotonic_ns() < until) {
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        const now = monotonic_ns();
        const bytes = Buffer.alloc(this.#records.length * RECORD_BYTES);
        this.#records.forEach((record, i) => {
            const at = i * RECORD_BYTES;
            bytes.writeBigUInt64LE(BigInt(record.intended), at);
            bytes.writeBigUInt64LE(BigInt(record.issued), at + 8);
            bytes.writeBigUInt64LE(BigInt(record.done || now), at + 16);
            bytes.writeUInt32LE(record.key, at + 24);
            bytes.writeUInt32LE(record.done ? record.outcome : UNANSWERED, at + 28);
        });
        writeFileSync(path, bytes);
        return this.#records.length;
    }
}

const errors_seen = new Map(); // text of an error → how often

function failed(error) {
    const text = error instanceof DatabaseDown || error?.cause instanceof DatabaseDown ? 'database down' : String(error);
    errors_seen.set(text, (errors_seen.get(text) ?? 0) + 1);
    return FAILED;
}

const commands = {
    async open({ redis_port, database: path, ttl_ms, grace_ms, capacity }) {
        database = new Database(path);
        cache = implementation.create({ redis_port, load: database.load, ttl_ms, grace_ms, capacity });
        await cache.connected?.();
        await new Promise((resolve) => setTimeout(resolve, 200)); // connections and subscriptions
        const require = createRequire(import.meta.url);
        const version_of = (name) => {
            const path = require.resolve.paths(name)[0];
            return require(`${path}/${name}/package.json`).version;
        };
        return { versions: Object.fromEntries(implementation.packages.map((name) => [name, version_of(name)])) };
    },

    // Open loop of reads; the samples go to a file.
    async load({ keys, order, seed, via, samples: path, drain_ms, ...pace }) {
        const next = key_chooser(keys, order, seed);
        const read = via === 'l2' ? cache.read_l2 : cache.read;
        const samples = new Samples();
        await open_loop(pace, (i, intended) => {
            const record = samples.add(intended, next(i));
            read(record.key).catch(failed).then((outcome) => {
                record.done = monotonic_ns();
                record.outcome = outcome;
            });
        });
        return { samples: await samples.write(path, drain_ms) };
    },

    // Open loop of writes: the database first, then the cache is told. `issued` is when the database had it, `done` when
    // the invalidation had returned.
    async write({ keys, order, seed, samples: path, drain_ms, ...pace }) {
        const next = key_chooser(keys, order, seed);
        const samples = new Samples();
        await open_loop(pace, async (i, intended) => {
            const record = samples.add(intended, next(i));
            let outcome = await database.write(record.key);
            record.issued = monotonic_ns();
            try {
                await cache.invalidate(record.key);
            } catch (error) {
                outcome = failed(error);
            }
            record.done = monotonic_ns();
            record.outcome = outcome;
        });
        return { samples: await samples.write(path, drain_ms) };
    },

    // Closed loop: `concurrency` readers share `reads` reads.
    async run({ reads, keys, order, seed, concurrency, via }) {
        const next = key_chooser(keys, order, seed);
        const read = via === 'l2' ? cache.read_l2 : cache.read;
        const result = { reads, errors: 0, found: 0 };
        let i = 0;
        const started = monotonic_ns();
        await Promise.all(Array.from({ length: concurrency }, async () => {
            while (i < reads) {
                const outcome = await read(next(i++)).catch(failed);
                if (outcome === FAILED) result.errors++;
                else if (outcome !== 0) result.found++;
            }
        }));
        return { ...result, seconds: (monotonic_ns() - started) / 1e9 };
    },

    // What the L2 holds, without asking the cache: version and milliseconds until it is no longer fresh, or null.
    async peek({ keys: { first, count } }) {
        await cache.connected?.();
        const found = [];
        for (let key = first; key < first + count; key++) {
            const name = cache.l2_key(key);
            const raw = await cache.client.get(name);
            const remaining_ms = await (cache.client.pttl ?? cache.client.pTTL).call(cache.client, name);
            const item = cache.parse(raw, remaining_ms);
            found.push(item ? [item.version, Math.round(item.fresh_until - Date.now())] : null);
        }
        return { found };
    },

    // Closed loop on keys that are in the cache, for a while: nanoseconds a read, median over batches of 64, which are one
    // after the other (`concurrent` false) or all at once.
    async speed({ what, for_s, keys, concurrent }) {
        if (what === 'l1' && cache.without_l1) return {};
        const next = key_chooser(keys, 'cycle');
        const one = {
            l1: cache.read,
            l2: cache.read_l2,
            get: (key) => cache.client.get(cache.l2_key(key)),
        }[what];
        if (!one) return {};
        const took = [];
        let i = 0;
        const started = monotonic_ns();
        while (monotonic_ns() < started + for_s * 1e9) {
            const begun = monotonic_ns();
            if (concurrent) {
                await Promise.all(Array.from({ length: SPEED_BATCH }, () => one(next(i++))));
            } else {
                for (let k = 0; k < SPEED_BATCH; k++) await one(next(i++));
            }
            took.push((monotonic_ns() - begun) / SPEED_BATCH);
        }
        took.sort((a, b) => a - b);
        const elapsed = monotonic_ns() - started;
        return { reads: i, per_second: Math.round((i * 1e9) / elapsed), p50_ns: Math.round(took[took.length >> 1]) };
    },

    // Reads `keys` once; how much larger the heap is afterwards, for each of them.
    async memory({ keys, concurrency }) {
        if (cache.without_l1) return {};
        setFlagsFromString('--expose-gc');
        const collect = runInNewContext('gc');
        const used = async () => {
            for (let i = 0; i < 3; i++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
                collect();
            }
            const { heapUsed, external } = process.memoryUsage();
            return heapUsed + external;
        };
        const before = await used();
        await commands.run({ reads: keys.count, keys, order: 'cycle', concurrency, via: 'read' });
        return { entries: keys.count, entry_bytes: Math.round((await used() - before) / keys.count) };
    },

    async faults() {
        return { unhandled, errors: Object.fromEntries([...errors_seen].slice(0, 20)) };
    },
};

createInterface({ input: process.stdin }).on('line', async (line) => {
    const command = JSON.parse(line);
    let answer;
    try {
        answer = { ok: true, ...(await commands[command.cmd](command)) };
    } catch (error) {
        answer = { ok: false, error: String(error?.stack ?? error) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
}).on('close', () => process.exit(0));
