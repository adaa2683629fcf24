// The loader that every Node subject gives to its cache: a client of database.mjs.
import { connect } from 'node:net';

const PAYLOAD_BYTES = 200; // what a value carries besides its version

export class DatabaseDown extends Error {}

export class Database {
    #socket;
    #waiting = new Map(); // request → {resolve, reject}
    #next = 1;
    #out = [];
    #pending = '';

    constructor(path) {
        this.#socket = connect(path);
        this.#socket.setEncoding('latin1');
        this.#socket.on('data', (text) => this.#take(text));
    }

    // What the cache calls on a miss: the value, or null when there is no such key.
    load = async (key) => {
        const version = await this.#call('G', key);
        return version === 0 ? null : { version, payload: String(key).padStart(PAYLOAD_BYTES, 'x') };
    };

    write(key) {
        return this.#call('W', key);
    }

    close() {
        this.#socket.destroy();
    }

    #call(verb, key) {
        const request = this.#next++;
        if (this.#out.push(`${verb} ${request} ${key}\n`) === 1) setImmediate(() => this.#flush());
        return new Promise((resolve, reject) => this.#waiting.set(request, { resolve, reject }));
    }

    #flush() {
        this.#socket.write(this.#out.join(''));
        this.#out = [];
    }

    #take(text) {
        const lines = (this.#pending + text).split('\n');
        this.#pending = lines.pop();
        for (const line of lines) {
            const [request, answer] = line.split(' ');
            const { resolve, reject } = this.#waiting.get(Number(request));
            this.#waiting.delete(Number(request));
            if (answer === '!') reject(new DatabaseDown('database down'));
            else resolve(Number(answer));
        }
    }
}
