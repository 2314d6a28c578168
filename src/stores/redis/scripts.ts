/**
 * The steps that Redis takes at once, in its own language (Lua). Numbers stand in Redis as decimal text; times are unix
 * milliseconds of the server's clock, but for that of a save, which is as the server gives it: seconds and microseconds.
 * What may be large is unlinked, not deleted: the server gives its memory back while it answers others.
 */

import { createHash } from 'node:crypto';

/** A script, and the name by which Redis knows it. */
export interface Script {
  text: string;
  sha1: string;
}

const NOW = `
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = math.floor(micros / 1000)
local function text(number) return string.format('%.0f', number) end
local function held(holder, ends) return holder and tonumber(ends) > now end
`;

/** The lease has to be ours: the one of the session, and not given back. ARGV[1] is its fence. */
const OURS = `
local lease = redis.call('HMGET', KEYS[1], 'holder', 'fence')
if not lease[1] or lease[2] ~= ARGV[1] then return 0 end
`;

/** Walks through the arguments. */
const ARGUMENTS = `
local at = 1
local function take() at = at + 1; return ARGV[at] end
local function each(call) for _ = 1, tonumber(take()) do call() end end
`;

/**
 * Takes a lease. ARGV: holder, ttl, whether dead ones too, whether by force, the reason, whether it must be there, the
 * status that it must have or '', a name of this request: clients send a command again when the connection broke.
 */
const TAKE = `${NOW}
local row = redis.call('HMGET', KEYS[1], 'holder', 'until', 'fence', 'status', 'reason', 'there', 'since', 'request')
local holder, ends, fence, status, reason, there, since, request = unpack(row)
local is_held = held(holder, ends)
if is_held and request == ARGV[8] then return {'taken', fence, ends, there or ''} end
if is_held and ARGV[4] == '0' then return {'held', holder, since, ends, text(tonumber(ends) - now)} end
if status == 'dead' and ARGV[3] == '0' then return {'dead', reason} end
if ARGV[6] == '1' and not there then return {'absent'} end
if ARGV[7] ~= '' and (status or 'ok') ~= ARGV[7] then return {'absent'} end
if is_held then
  redis.call('HSET', KEYS[1], 'taken_reason', ARGV[5], 'taken_at', text(now), 'taken_holder', holder, 'taken_since', since)
end
local next_fence = text(math.max((tonumber(fence) or 0) + 1, micros))
ends = text(now + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'since', text(now), 'until', ends, 'fence', next_fence, 'save', '0',
  'request', ARGV[8])
return {'taken', next_fence, ends, there or ''}
`;

/** Renews a lease. ARGV: fence, ttl. Gives its new end. */
const RENEW = `${NOW}${OURS}
local ends = text(now + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'until', ends)
return ends
`;

/** Gives a lease back. KEYS: session, aside. ARGV: fence, channel, name. */
const RELEASE = `${OURS}
redis.call('HDEL', KEYS[1], 'holder', 'since', 'until', 'save', 'request')
if redis.call('HEXISTS', KEYS[1], 'there') == 0 and redis.call('EXISTS', KEYS[2]) == 0 then redis.call('DEL', KEYS[1]) end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`;

/**
 * Saves. KEYS: session, data centres, channels. ARGV: fence, number of the last save that is known to have been carried
 * out under it or 0, number of this save, whether to replace, user, state ('' as before, '-' none), then with their count
 * before them: data centres put (id, fields) and gone, channels put (id, pts) and gone. A save that comes after a later one is refused; the same one once more (see {@link TAKE}) is done already, and its
 * first answer may be lost. A server that was put back to before the save that is known (-1) must not get what changed
 * since alone.
 */
const SAVE = `${NOW}
local lease = redis.call('HMGET', KEYS[1], 'holder', 'fence', 'save', 'there', 'user')
if not lease[1] or lease[2] ~= ARGV[1] or tonumber(ARGV[3]) < tonumber(lease[3]) then return 0 end
if ARGV[3] == lease[3] then return {1, '', ''} end
if tonumber(lease[3]) < tonumber(ARGV[2]) then return -1 end
local number, replace, user, state = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if replace == '1' then
  redis.call('UNLINK', KEYS[2], KEYS[3])
  redis.call('HDEL', KEYS[1], 'user', 'state')
end
if user == '-' then redis.call('HDEL', KEYS[1], 'user') end
if state == '-' then
  redis.call('HDEL', KEYS[1], 'state')
  redis.call('UNLINK', KEYS[3])
end
local at = 7
local function all(command, key, width)
  local last = at + tonumber(ARGV[at]) * width
  for i = at + 1, last, 2000 do redis.call(command, key, unpack(ARGV, i, math.min(i + 1999, last))) end
  at = last + 1
end
all('HSET', KEYS[2], 2)
all('HDEL', KEYS[2], 1)
all('HSET', KEYS[3], 2)
all('HDEL', KEYS[3], 1)
local row = {'there', '1', 'saved', time[1] .. ' ' .. time[2], 'save', number}
if user ~= '' and user ~= '-' then row[7], row[8] = 'user', user end
if state ~= '' and state ~= '-' then row[#row + 1], row[#row + 2] = 'state', state end
redis.call('HSET', KEYS[1], unpack(row))
return {1, lease[4] or '', lease[5] or ''}
`;

/**
 * The usual save, of counters that went on, where nothing else was written since the last one: {@link SAVE} without all that
 * such a save does not need, as it is called after each batch of updates. KEYS: session, channels. ARGV: fence, number of the
 * last save, number of this one, state ('' as before), channels put (id, pts). Zero where it is for {@link SAVE} to decide.
 */
const SAVE_COUNTERS = `
local last = redis.call('HMGET', KEYS[1], 'fence', 'save')
if last[1] ~= ARGV[1] or last[2] ~= ARGV[2] then return 0 end
if ARGV[5] then redis.call('HSET', KEYS[2], unpack(ARGV, 5)) end
local time = redis.call('TIME')
local saved = time[1] .. ' ' .. time[2]
if ARGV[4] == '' then
  redis.call('HSET', KEYS[1], 'save', ARGV[3], 'saved', saved)
else
  redis.call('HSET', KEYS[1], 'save', ARGV[3], 'saved', saved, 'state', ARGV[4])
end
return 1
`;

/** Reads a session. KEYS: session, data centres, channels. */
const READ = `
local row = redis.call('HMGET', KEYS[1], 'there', 'user', 'state')
if not row[1] then return {} end
return {row[2] or '', row[3] or '', redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3])}
`;

/** Notes something of a session that is there. ARGV: pairs of field and value, '' for none. Gives what was there. */
const NOTE = `${NOW}
if redis.call('HEXISTS', KEYS[1], 'there') == 0 then return {} end
local before = redis.call('HMGET', KEYS[1], 'status', 'label', 'tags', 'phone')
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i]) else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
  if ARGV[i] == 'status' then redis.call('HSET', KEYS[1], 'status_since', text(now)) end
end
return {1, before[1] or '', before[2] or '', before[3] or '', before[4] or ''}
`;

/** Deletes a session that nobody holds. KEYS: session, and all other keys of it. Its fence stays. */
const DELETE = `${NOW}
local row = redis.call('HMGET', KEYS[1], 'holder', 'until', 'since', 'fence', 'there', 'user', 'status', 'label', 'tags', 'phone')
if held(row[1], row[2]) then return {'held', row[1], row[3], row[2]} end
redis.call('UNLINK', unpack(KEYS))
if row[4] and row[5] then redis.call('HSET', KEYS[1], 'fence', row[4]) end
return {row[5] and 'deleted' or 'absent', row[6] or '', row[7] or '', row[8] or '', row[9] or '', row[10] or ''}
`;

/**
 * Writes peers. KEYS: session, peers, peers by time, peers in order, names. ARGV: fence, login, whether to clear, then with
 * their count before them: put (member, seen, fields), gone, names put (name, member) and gone.
 */
const PEERS = `${OURS}${ARGUMENTS}
redis.call('HSET', KEYS[1], 'peers_of', take())
if take() == '1' then redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4], KEYS[5]) end
each(function()
  local member, seen, fields = take(), take(), take()
  redis.call('HSET', KEYS[2], member, fields)
  redis.call('ZADD', KEYS[3], seen, member)
  redis.call('ZADD', KEYS[4], 0, member)
end)
each(function()
  local member = take()
  redis.call('HDEL', KEYS[2], member)
  redis.call('ZREM', KEYS[3], member)
  redis.call('ZREM', KEYS[4], member)
end)
local put = {}
each(function() local name = take(); put[name] = take() end)
each(function() redis.call('HDEL', KEYS[5], take()) end)
for name, member in pairs(put) do redis.call('HSET', KEYS[5], name, member) end
return 1
`;

/** Keeps a session aside. KEYS: session, aside. ARGV: fence, record, ids that it takes the place of. */
const KEEP_ASIDE = `${OURS}
local id = redis.call('HINCRBY', KEYS[1], 'last_aside', 1)
redis.call('HSET', KEYS[2], id, ARGV[2])
for i = 3, #ARGV do if ARGV[i] ~= tostring(id) then redis.call('HDEL', KEYS[2], ARGV[i]) end end
return tostring(id)
`;

/** Forgets a session that is aside. KEYS: session, aside. ARGV: fence, id. */
const FORGET_ASIDE = `${OURS}
redis.call('HDEL', KEYS[2], ARGV[2])
return 1
`;

/** Every field of a hash and its value, as one list in whichever protocol. */
const WHOLE_HASH = `return redis.call('HGETALL', KEYS[1])`;

function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

export const SCRIPTS = {
  take: script(TAKE),
  renew: script(RENEW),
  release: script(RELEASE),
  save: script(SAVE),
  saveCounters: script(SAVE_COUNTERS),
  read: script(READ),
  note: script(NOTE),
  delete: script(DELETE),
  peers: script(PEERS),
  keepAside: script(KEEP_ASIDE),
  forgetAside: script(FORGET_ASIDE),
  wholeHash: script(WHOLE_HASH),
} as const satisfies Record<string, Script>;
