"""Judges a round by the stores' own clients: SQL and Redis commands, and the journals. Shares no code with the server."""

import json
import subprocess

ACTIVE = ("awaiting_payment", "paid")


def uuid_of(hexadecimal):
    text = hexadecimal.lower()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


class Verdict:
    def __init__(self):
        self.wrong = []
        self.lost = self.oversold = self.duplicates = self.leaked = self.broken = 0

    def say(self, text):
        self.wrong.append(text)


def ledger_of(stack, sales):
    """order → (sale, state, reason, quantity)"""
    names = ",".join(map(str, sales))
    rows = stack.sql(f"SELECT HEX(order_id), sale_id, state, reason, quantity FROM orders WHERE sale_id IN ({names})")
    return {uuid_of(row[0]): (int(row[1]), row[2], row[3], int(row[4])) for row in rows}


def promised_by(journal):
    """order → key, of every order that was answered 202, 201 or 200."""
    return {line["order"]: line["key"] for line in journal.lines if line["status"] in (200, 201, 202)}


def undrained(stack, sales, journal, patient=()):
    """What is still on its way; empty when nothing is, so that nothing moves while it is judged. Of `patient` sales the
    unpaid orders do not expire in the time of a test: they are not waited for."""
    names = ",".join(map(str, sales))
    left = []
    missing = len(set(promised_by(journal)) - set(ledger_of(stack, sales)))
    if missing:
        left.append(f"{missing} orders not settled")
    brief = ",".join(str(sale) for sale in sales if sale not in patient)
    waiting = int(stack.sql(f"SELECT COUNT(*) FROM orders WHERE sale_id IN ({brief}) AND state = 'awaiting_payment'")[0][0])
    if waiting:
        left.append(f"{waiting} orders neither paid nor expired")
    for table in ("deferred_orders", "deferred_work"):
        count = int(stack.sql(f"SELECT COUNT(*) FROM {table} WHERE sale_id IN ({names})")[0][0])
        if count:
            left.append(f"{count} in {table}")
    for sale in sales:
        if is_direct(stack, sale):
            continue
        available = stack.sql(f"SELECT available FROM sale_stock WHERE sale_id = {sale}")[0][0]
        gate = gate_of(stack, sale)
        if gate != [available, "0"]:  # the last sync is on its way; one that was lost is brought by reconciliation
            left.append(f"sale {sale}: available and held are {gate} in the gate, {available} in the ledger")
    return left


def gate_of(stack, sale):
    """[available, held]; empty texts when there is no gate."""
    return stack.redis("HMGET", f"sluice:{{{sale}}}:gate", "available", "held").split("\n")


def is_direct(stack, sale):
    return stack.sql(f"SELECT mode FROM sales WHERE sale_id = {sale}")[0][0] == "direct"


def judge(stack, sluice, sales, journal, deeds):
    verdict = Verdict()
    ledger = ledger_of(stack, sales)
    judge_promises(verdict, ledger, journal)
    judge_deeds(verdict, ledger, deeds)
    judge_units(verdict, stack, sales, ledger)
    judge_audit(verdict, stack, sluice, journal)
    return verdict


def judge_promises(verdict, ledger, journal):
    order_of = {}
    for line in journal.lines:
        if line["status"] not in (200, 201, 202):
            continue
        order = line["order"]
        if order_of.setdefault(line["key"], order) != order:
            verdict.duplicates += 1
            verdict.say(f"one key, two orders: {line['key']}")
    for order, key in promised_by(journal).items():
        if order not in ledger:
            verdict.lost += 1
            verdict.say(f"accepted and missing: {order} ({key})")
        elif ledger[order][1] == "rejected":
            verdict.broken += 1
            verdict.say(f"accepted and rejected: {order} ({key}) {ledger[order][2]}")


def judge_deeds(verdict, ledger, deeds):
    for deed in deeds.lines:
        order, answer = deed["order"], deed["answer"]
        if order not in ledger:
            continue  # said by judge_promises
        state = ledger[order][1]
        if deed["what"] == "pay" and answer.get("state") == "applied" and state != "paid":
            verdict.say(f"payment applied, order is {state}: {order}")
        if deed["what"] == "cancel" and answer.get("state") == "cancelled" and state != "cancelled":
            verdict.say(f"cancel answered, order is {state}: {order}")
        if deed["what"] == "refused":
            verdict.say(f"a payment was refused: {order} {answer}")


def judge_units(verdict, stack, sales, ledger):
    for sale in sales:
        total, available = map(int, stack.sql(f"SELECT total, available FROM sale_stock WHERE sale_id = {sale}")[0])
        sold = sum(row[3] for row in ledger.values() if row[0] == sale and row[1] in ACTIVE)
        if available < 0 or sold > total:
            verdict.oversold += max(-available, sold - total)
            verdict.say(f"sale {sale}: {sold} sold of {total}, {available} left")
        if sold + available != total:
            verdict.leaked += abs(total - sold - available)
            verdict.say(f"sale {sale}: {sold} sold + {available} left is not {total}")
        if is_direct(stack, sale):
            continue
        gate = gate_of(stack, sale)
        if gate != [str(available), "0"]:
            verdict.leaked += 1
            verdict.say(f"sale {sale}: the gate says {gate}, the ledger {available}")


def judge_audit(verdict, stack, sluice, journal):
    command = [sluice, "audit", "--config", stack.config, "--journal", journal.path, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return
    try:
        laws = json.loads(done.stdout)["laws"]
        broken = [law for law in laws if law["verdict"] != "ok"]
        text = "; ".join(f"{law['law']} {law['verdict']}: {law['detail']} {law['orders'][:3]}" for law in broken)
    except (ValueError, KeyError, TypeError):
        text = done.stdout[-500:] + done.stderr[-500:]
    verdict.say(f"audit exit {done.returncode}: {text}")
