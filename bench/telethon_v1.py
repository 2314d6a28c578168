"""Telethon v1's SQLiteSession under the workloads of the benchmark. Reads a JSON list a line, prints milliseconds."""

import datetime
import hashlib
import json
import sys
import time

from telethon.crypto import AuthKey
from telethon.sessions import SQLiteSession
from telethon.tl import types

session = None
count = 0


def timed(call):
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def state(pts, date=1700000000):
    when = datetime.datetime.fromtimestamp(date, tz=datetime.timezone.utc)
    return types.updates.State(pts=pts, qts=1, date=when, seq=1, unread_count=0)


def channel_id(i):
    return 1000000000 + i * 7919


def first(path, n):
    s = SQLiteSession(path)
    s.set_dc(2, "149.154.167.51", 443)
    s.auth_key = AuthKey(b"".join(hashlib.sha256(b"bench 2 %d" % k).digest() for k in range(8)))
    s.set_update_state(0, state(1))
    for i in range(n):
        s.set_update_state(channel_id(i), state(i))
    s.save()
    return s


def load(path):
    s = SQLiteSession(path)
    s.get_update_state(0)
    # The client reads the states of all its channels at once.
    list(s._execute_all("select * from update_state")) if hasattr(s, "_execute_all") else s._cursor().execute(
        "select id, pts, qts, date, seq from update_state"
    ).fetchall()
    return s


def run(words):
    global session, count, size
    name = words[0]
    if name == "w4":
        made = []
        took = timed(lambda: made.append(first(words[1], words[2])))
        made[0].close()
        return took
    if name == "w5":
        made = []
        took = timed(lambda: made.append(load(words[1])))
        made[0].close()
        return took
    if name == "w7":
        return timed(lambda: [load(path).close() for path in words[1].split("\0")])
    if name == "open":
        session, size = load(words[1]), words[2]
        return 0
    count += 1
    if name == "w1":
        def save():
            session.set_update_state(channel_id(words[1] * 37 % size), state(count))
            session.save()
        return timed(save)
    if name == "w2":
        def save():
            session.set_update_state(0, state(count, 1700000000 + count))
            session.save()
        return timed(save)
    if name == "w3":
        return timed(session.save)
    return timed(session.close)


for line in sys.stdin:
    print(run(json.loads(line)), flush=True)
