// The database of a run: one small process that says what is true, so that all subjects and the writer agree, and that
// counts what reaches it. A key's truth is a version number; a load reads it at once (the statement's snapshot) and answers
// after the configured latency, so a load that began before a write still carries the old version afterwards.
//
//   node database.mjs SOCKET            speaks lines on a Unix socket:
//     G <request> <key>   load          → <request> <version>   0: no such key   `!`: the database is down
//     W <request> <key>   write         → <request> <new version>
//     C <json>            control       → one line of JSON; see `controls`
import { createServer } from 'node:net';
import { writeFileSync } from 'node:fs';
import { monotonic_ns, xorshift32 } from './clock.mjs';

const LOG_RECORD_BYTES = 24; // u64 start, u64 end, u32 key, u32 version; little endian

let versions = new Uint32Array(0); // by key / stride; keys between do not exist
let stride = 1;
let latency_ms = [5, 50];
let random = xorshift32(1);
let down = false;
let log = [];
let counters;
reset();

function reset() {
    log = [];
    counters = { loads: 0, absent: 0, failed: 0, in_flight: counters?.in_flight ?? 0, in_flight_max: 0, writes: 0 };
}

function draw_latency() {
    const [shortest, longest] = latency_ms;
    return shortest + (random() % (longest - shortest + 1));
}

function load(key, answer) {
    const start = monotonic_ns();
    const version = (key % stride === 0 && versions[key / stride]) || 0;
    counters.loads++;
    if (version === 0) counters.absent++;
    counters.in_flight++;
    counters.in_flight_max = Math.max(counters.in_flight_max, counters.in_flight);
    setTimeout(() => {
        counters.in_flight--;
        if (down) counters.failed++;
        log.push(start, monotonic_ns(), key, down ? 0xffffffff : version);
        answer(down ? '!' : version);
    }, draw_latency());
}

const controls = {
    configure(change) {
        if (change.keys !== undefined) versions = new Uint32Array(change.keys).fill(1);
        if (change.stride !== undefined) stride = change.stride;
        if (change.latency_ms !== undefined) latency_ms = change.latency_ms;
        if (change.seed !== undefined) random = xorshift32(change.seed);
        if (change.down !== undefined) down = change.down;
        return {};
    },
    bump() { // every key gets a new truth, and no cache is told
        versions = versions.map((version) => version + 1);
        return {};
    },
    truth({ first, count }) {
        return { versions: [...versions.subarray(first, first + count)] };
    },
    // Counters since the last reset; the loads themselves go to a file when one is named.
    stats({ log: path, reset: wanted }) {
        const answer = { ...counters };
        if (path) {
            const bytes = Buffer.alloc((log.length / 4) * LOG_RECORD_BYTES);
            for (let i = 0, at = 0; i < log.length; i += 4, at += LOG_RECORD_BYTES) {
                bytes.writeBigUInt64LE(BigInt(log[i]), at);
                bytes.writeBigUInt64LE(BigInt(log[i + 1]), at + 8);
                bytes.writeUInt32LE(log[i + 2], at + 16);
                bytes.writeUInt32LE(log[i + 3], at + 20);
            }
            writeFileSync(path, bytes);
        }
        if (wanted) reset();
        return answer;
    },
};

function serve(socket) {
    let pending = '';
    let out = [];
    const answer = (line) => {
        if (out.push(line) > 1) return;
        setImmediate(() => {
            const lines = out.join('');
            out = [];
            if (!socket.destroyed) socket.write(lines);
        });
    };
    const take = (line) => {
        if (line[0] === 'C') {
            const command = JSON.parse(line.slice(2));
            answer(JSON.stringify(controls[command.op](command)) + '\n');
            return;
        }
        const [verb, request, text] = line.split(' ');
        const key = Number(text);
        if (verb === 'G') {
            load(key, (version) => answer(`${request} ${version}\n`));
        } else {
            counters.writes++;
            answer(`${request} ${++versions[key / stride]}\n`);
        }
    };
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', (text) => {
        const lines = (pending + text).split('\n');
        pending = lines.pop();
        lines.forEach(take);
    });
}

createServer(serve).listen(process.argv[2]);
