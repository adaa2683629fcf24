-- The first lines of every script: the adapter puts this file in front of each of the others.
--
-- KEYS of every script, all under one hash tag `sluice:{S}:`, so that a cluster keeps them together:
--   gate    hash  state revision server epoch version available held limit opens_at_ms closes_at_ms,
--                 loaded: the version that the gate was loaded with
--   held    hash  order -> '<quantity> <accepted_at_ms> <claims> <price> <currency> <payment_window_ms> <buyer>'
--   orders  hash  order -> letter (h held, s settled, c cancelled, r rejected) and quantity; 0 = quantity not known
--   buyers  hash  buyer -> '<bought> <held> <version that bought came from; 0: the load's>'
--   due     zset  order -> due_at_ms, exactly the orders in held
--
-- An order is its id's 16 bytes. Numbers are decimal integers, never negative, below 2^53: what a double holds exactly.
-- Arguments are looked at before the first write, because a script has no rollback: a bad one is answered with a BADARG
-- error, keys that contradict each other with BROKEN; both mean that nothing was changed. A missing key is an answer.
local GATE, HELD, ORDERS, BUYERS, DUE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, ARGV = redis.call, ARGV  -- locals are faster than globals
local CHUNK = 4000  -- Lua unpacks fewer than 8000 values; even, so that pairs stay together

local function bad(what) return redis.error_reply('BADARG ' .. what) end
local function broken(what) return redis.error_reply('BROKEN ' .. what) end

local function whole(text)  -- a decimal integer from 0, below 2^53: there 2^53 + 1 is rounded to 2^53
    return text ~= nil and #text <= 16 and text:find('^%d+$') ~= nil and tonumber(text) < 9007199254740992
end
local function units(text)  -- a quantity of one order, written in the one way: 1 ... 1000000
    return text ~= nil and #text <= 7 and text:find('^[1-9]%d*$') ~= nil and tonumber(text) <= 1000000
end
local function decimal(number) return string.format('%d', number) end  -- `..` would round beyond 10^14

-- The identity of this server: the one thing that changes whenever it may have lost or missed a write. A replica has
-- none: it shows its master's id, but must not answer for it.
local function server_id()
    local info = call('INFO', 'replication')
    if not info:find('role:master', 1, true) then return '' end
    local _, last = info:find('\nmaster_replid:', 1, true)
    return info:sub(last + 1, last + 40)
end

local function now_ms()  -- by the server's clock; no script takes a node's
    local time = call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- HMGET of words[first..last]; an array of as many values, false where there is none.
local function read(key, words, first, last)
    if last - first < CHUNK then return last < first and {} or call('HMGET', key, unpack(words, first, last)) end
    local all = {}
    for from = first, last, CHUNK do
        local some = call('HMGET', key, unpack(words, from, math.min(from + CHUNK - 1, last)))
        for i = 1, #some do all[#all + 1] = some[i] end
    end
    return all
end

-- `command key words...`, in as many calls as Lua's limit asks for; nothing if there are no words.
local function write(command, key, words)
    for from = 1, #words, CHUNK do
        call(command, key, unpack(words, from, math.min(from + CHUNK - 1, #words)))
    end
end
