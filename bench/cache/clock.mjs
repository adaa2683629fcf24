// Nanoseconds of CLOCK_MONOTONIC: one time line for every process of a run (Python's time.monotonic_ns, C++'s
// steady_clock). Exact below 2^53 ns, which is 104 days of uptime; beyond that a few ns are lost.
export function monotonic_ns() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e9 + nanoseconds;
}

// The generator of keys and latencies, the same in every subject: Marsaglia's xorshift32 (13, 17, 5).
export function xorshift32(seed) {
    let state = seed >>> 0 || 1;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        state >>>= 0;
        return state;
    };
}
