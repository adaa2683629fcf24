import { webcrypto } from 'node:crypto';
import { RedisMessageProvider } from '@qified/redis';
import { Cacheable, createKeyv } from 'cacheable';
import { keyv_redis, parse_keyv } from './keyv_client.mjs';

globalThis.crypto ??= webcrypto; // CacheSync takes it for granted; node 18 has it under this name only

export const packages = ['cacheable', '@keyv/redis', '@qified/redis'];

// Memory and Redis, CacheSync over Redis pub/sub, getOrSet with its stampede protection. It has no stale reads.
export function create({ redis_port, load, ttl_ms, capacity }) {
    const { client, keyv, connected } = keyv_redis(redis_port);
    const alone = keyv_redis(redis_port);
    const sync = new RedisMessageProvider({ uri: `redis://127.0.0.1:${redis_port}` });
    for (const connection of [sync.pub, sync.sub]) connection.on('error', () => {});
    const both = new Cacheable({
        primary: createKeyv({ lruSize: capacity }),
        secondary: keyv,
        ttl: ttl_ms,
        nonBlocking: false, // else a delete returns before Redis has it
        sync: { qified: sync },
    });
    both.on('error', () => {});
    const shared = new Cacheable({ primary: alone.keyv, ttl: ttl_ms }); // Redis alone
    shared.on('error', () => {});
    const get = async (cache, key) => {
        const value = await cache.getOrSet(String(key), () => load(key), { throwErrors: 'function' });
        return value === null ? 0 : value.version;
    };
    return {
        client,
        connected: () => Promise.all([connected(), alone.connected()]),
        l2_key: String,
        read: (key) => get(both, key),
        read_l2: (key) => get(shared, key),
        invalidate: (key) => both.delete(String(key)),
        parse(raw) {
            const item = parse_keyv(raw);
            return item && { version: item.version, fresh_until: item.expires };
        },
    };
}
