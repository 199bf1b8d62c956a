import { createHash } from 'node:crypto'

/** A Lua script, as it is sent. */
export interface RedisScript {
  /** Stable name, for messages and for a simulated server. */
  readonly name: string
  /** Its text. */
  readonly lua: string
  /** What a server that has seen it knows it by. */
  readonly sha1: string
}

/**
 * Begins a new incarnation unless the three keys of the shard are there and belong together: somebody emptied the server, or
 * it evicted one of them, or a restore brought back half. Leaves `inc`, `seq`, `last` (id), `cleared` and `floor`.
 *
 * Each entry of the log ends with the server's time in microseconds. It puts nothing in order: it only makes `set` less cautious.
 *
 * KEYS 1..3 are state, log and tags; ARGV 1..2 the id of the incarnation and the random part of the next position.
 */
const ENSURE = `
local state, log, tags = KEYS[1], KEYS[2], KEYS[3]
local inc, seq, last, cleared, floor
local function now()
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000000 + time[2])
end
local function begin()
  local at = redis.pcall('HMGET', state, 'inc', 'seq', 'cleared', 'floor')
  local latest = redis.pcall('XREVRANGE', log, '+', '-', 'COUNT', 1)
  local guard = redis.pcall('ZSCORE', tags, '')
  if not at.err and at[1] and type(guard) == 'string' and not latest.err and latest[1] then
    last = latest[1][1]
    if at[2] and at[3] and at[4] and string.match(last, '^%d+') == at[2] then
      inc, seq, cleared, floor = at[1], tonumber(at[2]), at[3], at[4]
      return
    end
  end
  redis.call('UNLINK', state, log, tags)
  inc, seq, last, cleared, floor = ARGV[1], 1, '1-' .. ARGV[2], '0', '0'
  redis.call('HSET', state, 'inc', inc, 'seq', '1', 'cleared', '0', 'floor', '0')
  redis.call('ZADD', tags, 0, '')
  redis.call('XADD', log, last, 'b', '', 'a', now())
end
begin()
`

/** Writes the next log entry; ARGV 3 is the length of the log. Returns its id. */
const ADD = `
local function add(...)
  seq = seq + 1
  local id = string.format('%.0f-%s', seq, ARGV[2])
  local fields = { ... }
  fields[#fields + 1] = 'a'
  fields[#fields + 1] = now()
  redis.call('XADD', log, 'MAXLEN', '~', ARGV[3], id, unpack(fields))
  redis.call('HSET', state, 'seq', string.format('%.0f', seq))
  return id
end
`

/**
 * Changes nothing, and is a write that a server without memory allows. After a script's first write it allows the others, too:
 * so what makes something void is not refused because nothing more fits in.
 */
const FIT = `
redis.call('XTRIM', log, 'MAXLEN', '~', ARGV[3])
`

/** Removes what comes after `state, log, tags`. */
const UNLINK = `
for i = 4, #KEYS, 1000 do redis.call('UNLINK', unpack(KEYS, i, math.min(i + 999, #KEYS))) end
`

/** Whether a key holds exactly the lease with the token ARGV 1, without copying a large value. */
const HELD = `
local mine = 'L:' .. ARGV[1]
local function held(key)
  return redis.pcall('GETRANGE', key, 0, #mine) == mine
end
`

/**
 * What is beside a value lasts no longer than the value: whoever finds nothing in its place takes the lease there. So the value is
 * kept for as long as what is beside it. Its own times say whether it may be used.
 */
const KEEP = `
local function keep(entry, ms)
  local left = redis.call('PTTL', entry)
  if left >= 0 and left < tonumber(ms) then redis.call('PEXPIRE', entry, ms) end
end
`

/** What is there, or false after taking the lease; nothing that a string command can read is ''. An empty token takes nothing. */
const TAKE = `
local function take(key)
  local found = redis.pcall('GET', key)
  if type(found) == 'table' then return '' end
  if not found and ARGV[1] ~= '' then redis.call('SET', key, 'L:' .. ARGV[1], 'PX', ARGV[2]) end
  return found
end
`

/**
 * All scripts. One that begins with `state, log, tags` begins a new incarnation if it has to. All numbers are decimal text;
 * a position is `<seq>-<rand>`.
 */
export const SCRIPTS: {
  readonly [name in
    | 'attach'
    | 'read'
    | 'lease'
    | 'renew'
    | 'release'
    | 'fill'
    | 'set'
    | 'delete'
    | 'invalidate'
    | 'clear']: RedisScript
} = {
  /** `state, log, tags; newInc, rand` -> `[inc, lastId, cleared, floor, [tag, seq, ...]]`; the tag '' is to be skipped. */
  attach: script(
    'attach',
    `${ENSURE}
return { inc, last, cleared, floor, redis.call('ZRANGE', tags, 0, -1, 'WITHSCORES') }`,
  ),

  /** `entry...; token|'', ms` -> for each: the value, null if there was nothing (with a token: the lease is taken), '' if no string. */
  read: script(
    'read',
    `${TAKE}
if #KEYS == 1 then return { take(KEYS[1]) } end
local found = {}
for first = 1, #KEYS, 1000 do
  local values = redis.call('MGET', unpack(KEYS, first, math.min(first + 999, #KEYS)))
  for i, value in ipairs(values) do found[first + i - 1] = value or take(KEYS[first + i - 1]) end
end
return found`,
  ),

  /**
   * `entry, lease; token, ms` -> null if it is taken, else the lease or failure that is there, or '' if it is none. If the value is
   * gone by now, it is taken in its place.
   */
  lease: script(
    'lease',
    `${TAKE}${KEEP}
local entry, lease = KEYS[1], KEYS[2]
local kind = redis.pcall('GETRANGE', entry, 0, 1)
if kind == 'L:' or kind == 'F:' then return redis.call('GET', entry) end
if redis.call('EXISTS', entry, lease) == 0 then return take(entry) end
local found = take(lease)
if not found then keep(entry, ARGV[2]) end
return found`,
  ),

  /** `entry, lease; token, ms` -> 1, or 0 if neither has the token. */
  renew: script(
    'renew',
    `${HELD}${KEEP}
for _, key in ipairs(KEYS) do
  if held(key) then
    redis.call('PEXPIRE', key, ARGV[2])
    keep(KEYS[1], ARGV[2])
    return 1
  end
end
return 0`,
  ),

  /** `entry, lease; token, failure, ms` -> 1, or 0 if neither has the token. `ms` is '0' where there is no failure to tell. */
  release: script(
    'release',
    `${HELD}${KEEP}
for _, key in ipairs(KEYS) do
  if held(key) then
    if ARGV[3] == '0' then
      redis.call('UNLINK', key)
    else
      redis.call('SET', key, 'F:' .. ARGV[2], 'PX', ARGV[3])
      keep(KEYS[1], ARGV[3])
    end
    return 1
  end
end
return 0`,
  ),

  /** `log, entry, lease; token, sinceId, keepMs, envelope` -> 1, or 0 if the lease is lost or the log has no `sinceId`. */
  fill: script(
    'fill',
    `${HELD}
local log, entry, lease = KEYS[1], KEYS[2], KEYS[3]
local own = held(entry) and entry or held(lease) and lease
if not own then return 0 end
local since = redis.pcall('XRANGE', log, ARGV[2], ARGV[2])
if since.err or not since[1] then
  redis.call('UNLINK', own)
  return 0
end
redis.call('SET', entry, ARGV[4], 'PX', ARGV[3])
redis.call('UNLINK', lease)
return 1`,
  ),

  /**
   * `state, log, tags, entry, lease; newInc, rand, maxLog, sinceId, opId, key, tagsJson, keepMs, rest, isLast ('1'|'0')` ->
   * `['stored'|'deleted', id]` or `['conflict', lastId, time of the latest change in the way, time now]`. `rest` is the envelope without its first three words.
   *
   * With `0-0` for `sinceId` the caller knew nothing of the log: then it is looked through from its end, and what is not looked at is in
   * the way, too. It came no later than the last entry that is.
   */
  set: script(
    'set',
    `${ENSURE}${ADD}
local entry, lease = KEYS[4], KEYS[5]
local opId, key = ARGV[5], ARGV[6]
local MAX = 100
local function list(json)
  local ok, items = pcall(cjson.decode, json)
  return ok and items or nil
end
local wanted = {}
for _, tag in ipairs(list(ARGV[7]) or {}) do wanted[tag] = true end

local changedAt = false
local function meet(fields)
  changedAt = math.max(changedAt or 0, tonumber(fields[#fields]) or math.huge)
end
local passed, isVoid = {}, false
if ARGV[4] == '0-0' then
  local latest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', MAX)
  for i = #latest, 1, -1 do passed[#passed + 1] = latest[i] end
  meet(passed[1][2])
else
  passed = redis.call('XRANGE', log, ARGV[4], '+', 'COUNT', MAX + 2)
  isVoid = not passed[1] or passed[1][1] ~= ARGV[4] or #passed > MAX + 1
end
for i = 1, #passed do
  local fields = passed[i][2]
  local kind, what, owner = fields[1], fields[2], fields[3] == 'o' and fields[4]
  if owner == opId then return { kind == 's' and 'stored' or 'deleted', passed[i][1] } end
  if i > 1 then
    if kind == 's' then
      if what == key then meet(fields) end
    elseif kind == 'c' then
      meet(fields)
    elseif kind == 'd' or kind == 't' then
      local items = list(what)
      if not items then isVoid = true end
      for _, item in ipairs(items or {}) do
        if kind == 'd' and item == key or kind == 't' and wanted[item] then meet(fields) end
      end
    else
      isVoid = true
    end
  end
end

if isVoid or (changedAt and ARGV[10] == '1') then
  redis.call('UNLINK', entry, lease)
  return { 'deleted', add('d', cjson.encode({ key }), 'o', opId) }
end
if changedAt then return { 'conflict', last, string.format('%.0f', changedAt), now() } end
redis.call('SET', entry, string.format('B1 %s %.0f ', inc, seq + 1) .. ARGV[9], 'PX', ARGV[8])
redis.call('UNLINK', lease)
return { 'stored', add('s', key, 'o', opId) }`,
  ),

  /** `state, log, tags, (entry, lease)...; newInc, rand, maxLog, keysJson` -> id. */
  delete: script(
    'delete',
    `${ENSURE}${FIT}${ADD}${UNLINK}
return add('d', ARGV[4])`,
  ),

  /** `state, log, tags, (entry, lease)...; newInc, rand, maxLog, maxTags, tagsJson, keysJson|''` -> id. */
  invalidate: script(
    'invalidate',
    `${ENSURE}${FIT}${ADD}
local list = cjson.decode(ARGV[5])${UNLINK}
if ARGV[6] ~= '' then add('d', ARGV[6]) end
local id = add('t', ARGV[5])
for _, tag in ipairs(list) do redis.call('ZADD', tags, string.format('%.0f', seq), tag) end
local excess = redis.call('ZCARD', tags) - 1 - tonumber(ARGV[4])
if excess > 0 then
  local highest = redis.call('ZRANGE', tags, excess, excess, 'WITHSCORES')
  redis.call('HSET', state, 'floor', highest[2])
  redis.call('ZREMRANGEBYRANK', tags, 1, excess)
end
return id`,
  ),

  /** `state, log, tags; newInc, rand, maxLog` -> id. */
  clear: script(
    'clear',
    `${ENSURE}${FIT}${ADD}
local id = add('c', '')
redis.call('HSET', state, 'cleared', string.format('%.0f', seq))
return id`,
  ),
}

function script(name: string, lua: string): RedisScript {
  return { name, lua, sha1: createHash('sha1').update(lua).digest('hex') }
}
