import { createCache } from 'cache-manager';
import { createKeyv } from 'cacheable';
import { keyv_redis, parse_keyv } from './keyv_client.mjs';

export const packages = ['cache-manager', '@keyv/redis', 'cacheable'];

// Memory and Redis, wrap() with its coalescing, refreshThreshold: with ttl + grace as its ttl and the grace as its
// threshold it serves a value for `ttl`, then the stale one while one refresh per process runs. It has no bus.
export function create({ redis_port, load, ttl_ms, grace_ms, capacity }) {
    const { client, keyv, connected } = keyv_redis(redis_port);
    const options = { ttl: ttl_ms + grace_ms, refreshThreshold: grace_ms, refreshAllStores: true };
    const both = createCache({ ...options, stores: [createKeyv({ lruSize: capacity }), keyv] });
    const shared = createCache({ ...options, stores: [keyv] });
    const get = async (cache, key) => {
        const value = await cache.wrap(String(key), () => load(key));
        return value === null ? 0 : value.version;
    };
    return {
        client,
        connected,
        l2_key: String,
        read: (key) => get(both, key),
        read_l2: (key) => get(shared, key),
        invalidate: (key) => both.del(String(key)),
        parse(raw) {
            const item = parse_keyv(raw);
            return item && { version: item.version, fresh_until: item.expires - grace_ms };
        },
    };
}
