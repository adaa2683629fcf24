// One Redis client configuration for the peers that use @keyv/redis (node-redis): its documented resilient set. Commands
// fail at once while disconnected, connecting and waiting to be sent have a limit, a silent connection is given up. There
// is no option that limits the wait for the answer of a command that was sent.
import { createClient } from '@keyv/redis';
import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';

export const REDIS_TIMEOUT_MS = 250;

export function keyv_redis(port) {
    const client = createClient({
        url: `redis://127.0.0.1:${port}`,
        disableOfflineQueue: true,
        commandOptions: { timeout: REDIS_TIMEOUT_MS },
        pingInterval: 300,
        socket: {
            connectTimeout: 1000,
            socketTimeout: 1000,
            reconnectStrategy: (attempts) => Math.min(attempts * 50, 500),
        },
    });
    client.on('error', () => {});
    const adapter = new KeyvRedis(client, { throwOnConnectError: false, throwOnErrors: false });
    adapter.on('error', () => {});
    const keyv = new Keyv(adapter, { useKeyPrefix: false });
    keyv.namespace = undefined;
    keyv.on('error', () => {});
    // Connects if it is not connected; reads do that by themselves.
    const connected = () => adapter.getClient();
    return { client, keyv, connected };
}

// What @keyv/redis stores: {"value": …, "expires": milliseconds since 1970}
export function parse_keyv(raw) {
    const item = raw === null || raw === undefined ? undefined : JSON.parse(raw);
    return item?.value === undefined ? undefined : { version: item.value?.version ?? 0, expires: item.expires };
}
