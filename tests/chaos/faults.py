"""Every way in which a part of the stack fails here. A fault is a function of (world, chance, sales): it does its harm,
waits a little where harm needs time, and repairs what an operator would repair. FAULTS maps its name to it and to how
often it is drawn (0: only with --only); the names of processes killed by SIGKILL are returned, so that kills are counted
as they happen.
"""

import contextlib
import os
import re
import signal
import subprocess
import time

from world import SERVERS, until

# MariaDB: lock wait, deadlock, no such session, query killed, shutdown, and the client's words for a lost server.
EXPECTED_REFUSALS = re.compile(r"ERROR (1205|1213|1094|1317|1053|1927|2002|2006|2013|2026)\b")
REDIS_LOST = ("redis.kill", "redis.flushall", "redis.aof_cut", "redis.promoted", "redis.repromoted")


# ---- processes -------------------------------------------------------------------------------------------------------

class Missed(Exception):
    """The other fault of a pair had taken away what this one wanted to harm: nothing was done, nothing is counted."""


def kill_api(world, chance, sales):
    return kill_one(chance.choice(world.apis))


def kill_worker(world, chance, sales):
    return kill_one(world.nodes[chance.choice(["worker-1", "worker-2"])])


def kill_one(node):
    if not node.kill_and_restart():
        raise Missed
    return [node.name]


def kill_everything(world, chance, sales):
    """All four processes at once."""
    with contextlib.ExitStack() as locks:
        for node in world.nodes.values():
            locks.enter_context(node.lock)  # nobody else starts one of them in between
        killed = [name for name, node in world.nodes.items() if node.look()]
        for node in world.nodes.values():
            node.kill()
        for node in world.nodes.values():
            node.start()
    return killed


def freeze_api(world, chance, sales):
    chance.choice(world.apis).freeze(chance.choice([0.5, 2, 5, 8]))  # a lease lasts 3 s


def freeze_worker(world, chance, sales):
    world.nodes[chance.choice(["worker-1", "worker-2"])].freeze(chance.choice([0.5, 2, 5, 8]))


def step_clock(world, chance, sales):
    node = chance.choice(list(world.nodes.values()))
    for _ in range(3):
        node.step_clock(chance.choice([-90, -20, -2, 2, 20, 90]))
        time.sleep(1.2)
    node.step_clock(0)


# ---- servers ---------------------------------------------------------------------------------------------------------

def kill_server(name):
    def kill(world, chance, sales):
        with world.servers_lock:
            world.stack.kill(name)
            time.sleep(chance.uniform(0, 1))
            world.server_up()
        return [name]
    return kill


def freeze_server(name):
    def freeze(world, chance, sales):
        with world.servers_lock:
            world.stack.signal(name, signal.SIGSTOP)
            time.sleep(chance.choice([0.3, 1, 3, 6]))
            world.stack.signal(name, signal.SIGCONT)
    return freeze


def redis_flushall(world, chance, sales):
    with world.servers_lock:
        world.stack.redis("FLUSHALL")


def redis_aof_cut(world, chance, sales):
    """Dies, and the last bytes of its log are gone."""
    with world.servers_lock:
        world.stack.kill("redis")
        logs = []
        for folder, _, files in os.walk(world.stack.directory):
            logs += [os.path.join(folder, file) for file in files if file.endswith(".incr.aof")]
        if not logs:
            raise AssertionError("Redis keeps no log that could be cut")
        for path in logs:
            size = os.path.getsize(path)
            os.truncate(path, max(0, size - chance.randint(1, 20_000)))
        world.server_up()
    return ["redis"]


class Replica:
    """A second Redis that follows the stack's. Leaving the block kills it."""

    def __init__(self, world):
        self.world = world
        password = world.stack.secret("redis")
        port = world.stack.state()["redis"][0][0]
        self.port = free_port()
        folder = os.path.join(world.stack.folder, f"replica-{self.port}")
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly",
             "no", "--requirepass", password, "--masterauth", password, "--replicaof", "127.0.0.1", str(port),
             "--repl-backlog-ttl", "0", "--maxmemory-policy", "noeviction"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        until(lambda: "master_link_status:up" in self.ask("INFO", "replication"), "the replica follows", 60)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True,
                              env={**os.environ, "REDISCLI_AUTH": self.world.stack.secret("redis")})
        return done.stdout


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def redis_replica(world, chance, sales):
    with world.servers_lock, Replica(world):
        time.sleep(chance.uniform(0.5, 2))


def redis_promoted(world, chance, sales):
    """Split brain: a replica is promoted; some processes go to it while others still talk to the old primary, which goes
    on answering. Then all are moved. At the end the old one is master again, with what it remembers."""
    with world.servers_lock, Replica(world) as replica:
        replica.ask("REPLICAOF", "NO", "ONE")
        movers = list(world.nodes)
        chance.shuffle(movers)
        for name in movers:
            world.redis_target[name] = replica.port
            world.gates[name]["redis"].cut()
            time.sleep(chance.uniform(0, 2.5))
        time.sleep(chance.uniform(1, 4))
    world.redis_target.clear()
    for name in world.nodes:
        world.gates[name]["redis"].cut()


def redis_repromoted(world, chance, sales):
    """The primary itself is demoted behind another, and promoted again."""
    with world.servers_lock, Replica(world) as other:
        other.ask("REPLICAOF", "NO", "ONE")
        world.stack.redis("CONFIG", "SET", "masterauth", world.stack.secret("redis"))
        world.stack.redis("REPLICAOF", "127.0.0.1", str(other.port))
        time.sleep(chance.uniform(0, 2))
        world.stack.redis("REPLICAOF", "NO", "ONE")


# ---- RabbitMQ --------------------------------------------------------------------------------------------------------

def memory_alarm(world, chance, sales):
    with world.servers_lock:
        world.rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1MB")
        time.sleep(chance.uniform(1, 4))
        world.rabbitmqctl("set_vm_memory_high_watermark", "0.4")


def close_connections(world, chance, sales):
    with world.servers_lock:
        world.rabbitmqctl("close_all_connections", "chaos")


def order_bindings(world):
    """(exchange, queue, routing key) of each partition's queue."""
    listed = world.rabbitmqctl("list_bindings", "--vhost", "sluice", "--quiet", "source_name", "destination_name",
                               "routing_key")
    rows = [line.split("\t") for line in listed.splitlines()]
    rows = [row for row in rows if len(row) == 3 and row[0] and ".orders" in row[1]]
    if not rows:
        raise AssertionError(f"nothing is bound:\n{listed}")
    return rows


def close_channels(world, chance, sales):
    """The exchange is gone: the broker closes each channel that publishes to it, and the publishers declare it again."""
    with world.servers_lock:
        exchange = order_bindings(world)[0][0]
        world.rabbitmqctl("eval", 'rabbit_exchange:delete({resource,<<"sluice">>,exchange,<<"' + exchange + '">>},'
                                  ' false, <<"chaos">>).')


def delete_binding(world, chance, sales):
    """Messages of one partition have nowhere to go: they are returned. The operator declares the topology again."""
    with world.servers_lock:
        source, queue, key = chance.choice(order_bindings(world))
        resource = '{{resource,<<"sluice">>,{},<<"{}">>}}'
        world.rabbitmqctl("eval", f'rabbit_binding:remove({{binding,{resource.format("exchange", source)},<<"{key}">>,'
                                  f'{resource.format("queue", queue)},[]}}, <<"chaos">>).')
        time.sleep(chance.uniform(1, 3))
        from world import command
        command("migrate", "--config", world.stack.config)


# ---- MariaDB ---------------------------------------------------------------------------------------------------------

def mariadb_away(shortest, longest):
    def act(world, chance, sales):
        with world.servers_lock:
            world.stack.kill("mariadb")
            time.sleep(chance.uniform(shortest, longest))
            world.server_up()
        return ["mariadb"]
    return act


def lock_wait(world, chance, sales):
    """Somebody holds the stock row of a sale for longer than a lock wait."""
    sale = chance.choice(sales)
    seconds = chance.choice([0.5, 3, 12])
    done = try_sql(world, f"START TRANSACTION;; SELECT version FROM sale_stock WHERE sale_id = {sale} FOR UPDATE;; "
                          f"SELECT SLEEP({seconds});; ROLLBACK")
    if not done:
        raise Missed


def deadlock(world, chance, sales):
    """Somebody takes orders first and the stock row then: the other way round."""
    for _ in range(5):
        sale = chance.choice(sales)
        try_sql(world, f"START TRANSACTION;; SELECT COUNT(*) FROM (SELECT order_id FROM orders WHERE sale_id = {sale} AND "
                       f"state = 'awaiting_payment' ORDER BY place LIMIT 200 FOR UPDATE) o;; SELECT SLEEP(0.3);; "
                       f"SELECT version FROM sale_stock WHERE sale_id = {sale} FOR UPDATE;; ROLLBACK")


def kill_sessions(world, chance, sales):
    killed = 0
    for _ in range(3):
        try:
            rows = world.stack.sql("SELECT id FROM information_schema.processlist WHERE user = 'sluice' AND id <> CONNECTION_ID()")
        except AssertionError as error:
            raise Missed from error
        killed += sum(try_sql(world, f"KILL {session}") for (session,) in rows)
        time.sleep(0.3)
    if killed == 0:
        raise Missed


def try_sql(world, statement):
    """False if it was chosen as the victim, or the server was being killed by another fault."""
    try:
        world.stack.sql(statement)
        return True
    except AssertionError as error:
        if not EXPECTED_REFUSALS.search(str(error)):
            raise
        return False


# ---- the network between ---------------------------------------------------------------------------------------------

def network(server, harm):
    def act(world, chance, sales):
        names = chance.sample(list(world.nodes), chance.randint(1, 4))
        for name in names:
            harm(world.gates[name][server], chance)
        time.sleep(chance.uniform(0.3, 2))
        for name in names:
            world.gates[name][server].heal()
    return act


def cut(gate, chance):
    gate.cut()


def lose_replies(gate, chance):
    gate.lose_next_replies()


def stall(gate, chance):
    gate.stall(chance.choice([0.2, 1, 4]))


def refuse(gate, chance):
    gate.refuse(True)


FAULTS = {
    "api.kill": (kill_api, 24), "api.stop": (freeze_api, 4), "worker.kill": (kill_worker, 24), "worker.stop": (freeze_worker, 4),
    "all_processes.kill": (kill_everything, 6), "clock.step": (step_clock, 3),
    "redis.kill": (kill_server("redis"), 12), "redis.stop": (freeze_server("redis"), 4), "redis.flushall": (redis_flushall, 4),
    "redis.aof_cut": (redis_aof_cut, 5), "redis.replica": (redis_replica, 3), "redis.promoted": (redis_promoted, 3),
    "redis.repromoted": (redis_repromoted, 3),
    "rabbitmq.kill": (kill_server("rabbitmq"), 6), "rabbitmq.stop": (freeze_server("rabbitmq"), 3),
    "rabbitmq.memory_alarm": (memory_alarm, 2), "rabbitmq.binding_deleted": (delete_binding, 2),
    "rabbitmq.connections_closed": (close_connections, 3), "rabbitmq.channels_closed": (close_channels, 2),
    "mariadb.kill": (kill_server("mariadb"), 8), "mariadb.stop": (freeze_server("mariadb"), 3),
    "mariadb.absent": (mariadb_away(15, 40), 1),
    "mariadb.away_for_minutes": (mariadb_away(120, 240), 0),
    "mariadb.lock_wait": (lock_wait, 3), "mariadb.deadlock": (deadlock, 3), "mariadb.sessions_killed": (kill_sessions, 3),
}
for _server in SERVERS:
    FAULTS[f"network.{_server}.cut"] = (network(_server, cut), 2)
    FAULTS[f"network.{_server}.reply_lost"] = (network(_server, lose_replies), 3)
    FAULTS[f"network.{_server}.stalled"] = (network(_server, stall), 2)
    FAULTS[f"network.{_server}.refused"] = (network(_server, refuse), 1)
