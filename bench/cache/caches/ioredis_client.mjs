// One Redis client configuration for the peers that use ioredis, from its documented options: a command that is not
// answered within 250 ms fails, and commands do not queue up behind a lost connection for ever.
import { Redis } from 'ioredis';

export const REDIS_TIMEOUT_MS = 250;

export function redis_options(port) {
    return {
        host: '127.0.0.1',
        port,
        commandTimeout: REDIS_TIMEOUT_MS,
        maxRetriesPerRequest: 1,
        connectTimeout: 1000,
        retryStrategy: (attempts) => Math.min(attempts * 50, 500),
        enableAutoPipelining: true, // commandTimeout holds with it, too
    };
}

export function redis_client(port) {
    const client = new Redis(redis_options(port));
    client.on('error', () => {});
    return client;
}
