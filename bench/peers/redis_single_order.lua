-- What everybody writes: admits one order, in one script call. The peer of the gate, so it makes the same checks in the
-- same order and leaves the same bookkeeping (docs/protocol.md §3): right server, idempotent replay, window, limit per
-- buyer, stock, held orders with their deadline. Written straight down for one order, as lean as that allows.
-- KEYS    gate held orders buyers due
-- ARGV    order (16 bytes), buyer, quantity, terms ('<price> <currency> <payment_window_ms>')
-- returns {'not_loaded'} | {'server_changed', epoch} | {'ok', epoch, now_ms, verdict}; verdict: a accepted · h held
--         already · s c r finished · m other quantity · n not open · p paused · e ended · l<left> limit · o<left> sold out
-- cost    O(1)
local order, buyer, quantity, terms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local call = redis.call
local wanted = #quantity <= 7 and quantity:find('^[1-9]%d*$') and tonumber(quantity)
if #order ~= 16 or #buyer < 1 or #buyer > 64 or not wanted or wanted > 1000000
    or not terms:find('^%d+ %u%u%u %d+$') then
    return redis.error_reply('BADARG')
end

local gate = call(
    'HMGET', KEYS[1], 'server', 'epoch', 'state', 'opens_at_ms', 'closes_at_ms', 'limit', 'available', 'held'
)
if not (gate[1] and gate[2] and gate[3] and gate[4] and gate[5] and gate[6] and gate[7] and gate[8]) then
    return {'not_loaded'}
end
local info = call('INFO', 'replication')
if not info:find('role:master', 1, true) or not info:find('\nmaster_replid:' .. gate[1], 1, true) then
    return {'server_changed', gate[2]}
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local now_text = string.format('%d', now)

local known = call('HGET', KEYS[3], order)
if known then
    local verdict = known:sub(2) == quantity and known:sub(1, 1) or 'm'
    return {'ok', gate[2], now_text, verdict}
end
if gate[3] ~= 'open' then
    return {'ok', gate[2], now_text, gate[3] == 'draft' and 'n' or gate[3] == 'paused' and 'p' or 'e'}
end
if now < tonumber(gate[4]) then return {'ok', gate[2], now_text, 'n'} end
if now >= tonumber(gate[5]) then return {'ok', gate[2], now_text, 'e'} end

local bought, own, version = 0, 0, '0'
local row = call('HGET', KEYS[4], buyer)
if row then
    bought, own, version = row:match('^(%d+) (%d+) (%d+)$')
    if not version then return redis.error_reply('BROKEN buyers') end
    own = tonumber(own)
end
local taken, limit = bought + own, tonumber(gate[6])
if taken + wanted > limit then
    return {'ok', gate[2], now_text, string.format('l%d', math.max(limit - taken, 0))}
end
local left = math.max(gate[7] - gate[8], 0)
if left < wanted then return {'ok', gate[2], now_text, string.format('o%d', left)} end

call('HSET', KEYS[3], order, 'h' .. quantity)
call('HSET', KEYS[2], order, quantity .. ' ' .. now_text .. ' 0 ' .. terms .. ' ' .. buyer)
call('HSET', KEYS[4], buyer, string.format('%d %d %s', bought, own + wanted, version))
call('ZADD', KEYS[5], string.format('%d', now + 10000), order)
call('HINCRBY', KEYS[1], 'held', quantity)
return {'ok', gate[2], now_text, 'a'}
