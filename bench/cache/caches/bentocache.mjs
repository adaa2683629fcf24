import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { redis_client, redis_options } from './ioredis_client.mjs';

export const packages = ['bentocache', 'ioredis'];

// `serialize: false` would make its L1 faster, but 1.6.1 then throws on whatever the L1 was given from the L2.
// Two tiers and the bus, grace with a soft timeout of 0 (stale at once, refresh behind), circuit breaker of the L2.
export function create({ redis_port, load, ttl_ms, grace_ms, capacity }) {
    const client = redis_client(redis_port);
    const layers = {
        // `grace` is the whole physical life of an entry in this version, not what comes after the ttl.
        ttl: ttl_ms,
        grace: ttl_ms + grace_ms,
        graceBackoff: 1000,
        timeout: 0,
        l2CircuitBreakerDuration: 1000,
    };
    // The bus subscribes once, at the start: a busy machine must not make that fail.
    const bus_options = { ...redis_options(redis_port), commandTimeout: 2000 };
    const bento = new BentoCache({
        default: 'both',
        ...layers,
        stores: {
            both: bentostore()
                .useL1Layer(memoryDriver({ maxItems: capacity }))
                .useL2Layer(redisDriver({ connection: redis_options(redis_port) }))
                .useBus(redisBusDriver({ connection: bus_options })),
            shared: bentostore().useL2Layer(redisDriver({ connection: client })),
        },
    });
    const get = async (store, key) => {
        const value = await store.getOrSet({ key: String(key), factory: () => load(key) });
        return value === null ? 0 : value.version;
    };
    const both = bento.use('both');
    const shared = bento.use('shared');
    const l2_key = (key) => `bentocache:${key}`;
    return {
        client,
        l2_key,
        read: (key) => get(both, key),
        read_l2: (key) => get(shared, key),
        invalidate: (key) => both.delete({ key: String(key) }),
        parse(raw) {
            if (raw === null) return undefined;
            const item = JSON.parse(raw);
            return { version: item.value?.version ?? 0, fresh_until: item.logicalExpiration };
        },
    };
}
