-- The first lines of every script of the cache: the adapter puts this file in front of each of the others.
--
-- KEYS come in pairs, one pair for each key of the cache, both under one hash tag (prefix and {key}):
--   value  string  '<ticket> <seq> <soft_ms> <hard_ms> <load_ms> <v|n>\n<payload>', v = value, n = there is none;
--                  expires at hard
--   meta   hash    generation seq ticket, and while somebody loads: owner until; after failures: failures not_before;
--                  expires later than any commit that it may have to judge
--
-- Each pair is one step of src/cache/key_record.cc; when one changes, so does the other, and the contract suite of
-- tests/contract/cache_store_contract.h runs over both. Times are this server's, in milliseconds. Arguments are looked
-- at before the first write. A missing key is an answer.
local call = redis.call
local SLACK = 5000  -- ms that a meta outlives what it protects: kMetaSlackMs

local function bad(what) return redis.error_reply('BADARG ' .. what) end
local function whole(text) return text ~= nil and #text <= 15 and text:find('^%d+$') ~= nil end
local function decimal(number) return string.format('%d', number) end

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- ticket, seq, soft, hard of a stored value as numbers; nil when there is none, or none that we wrote. The header is
-- shorter than 120 bytes.
local function header(key)
    local ticket, seq, soft, hard = call('GETRANGE', key, 0, 119):match('^(%d+) (%d+) (%d+) (%d+) %d+ [vn]\n')
    if not (whole(ticket) and whole(seq) and whole(soft) and whole(hard)) then return nil end
    return tonumber(ticket), tonumber(seq), tonumber(soft), tonumber(hard)
end

-- Never shortens the life of a meta.
local function keep(key, ms)
    if call('PTTL', key) < ms then call('PEXPIRE', key, decimal(ms)) end
end
