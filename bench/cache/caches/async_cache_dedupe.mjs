import { createCache } from 'async-cache-dedupe';
import { redis_client } from './ioredis_client.mjs';

export const packages = ['async-cache-dedupe', 'ioredis'];

// The Redis storage (one storage per cache: there is no L1 in front of it), dedupe, stale-while-revalidate.
export function create({ redis_port, load, ttl_ms, grace_ms }) {
    const client = redis_client(redis_port);
    const cache = createCache({
        ttl: Math.max(1, Math.round(ttl_ms / 1000)), // whole seconds only
        stale: Math.round(grace_ms / 1000),
        storage: { type: 'redis', options: { client } },
    });
    cache.define('read', load);
    const read = async (key) => {
        const value = await cache.read(key);
        return value === null ? 0 : value.version;
    };
    const l2_key = (key) => `read~${key}`;
    return {
        client,
        without_l1: true,
        l2_key,
        read,
        read_l2: read,
        invalidate: (key) => cache.clear('read', key),
        parse(raw, remaining_ms) {
            if (raw === null) return undefined;
            const value = JSON.parse(raw);
            return { version: value?.version ?? 0, fresh_until: Date.now() + remaining_ms - grace_ms };
        },
    };
}
