-- park: pushes the due_at of deferred orders forward, never back. Unknown orders and other epochs are ignored.
-- KEYS    gate held orders buyers due
-- ARGV    epoch, n orders, n delays in ms
-- returns 'ok'
-- cost    O(n log held); at most 2000 orders
local n = (#ARGV - 1) / 2
if n < 0 or n ~= math.floor(n) or 2 * n > CHUNK then return bad('arguments') end
if not whole(ARGV[1]) then return bad('epoch') end
for i = 1, n do
    if #ARGV[1 + i] ~= 16 then return bad('order') end
    if not whole(ARGV[1 + n + i]) then return bad('delay') end
end
if call('HGET', GATE, 'epoch') ~= ARGV[1] then return 'ok' end

local now, words = now_ms(), {'XX', 'GT'}  -- only orders that are held; only to a later time
for i = 1, n do
    words[2 * i + 1], words[2 * i + 2] = decimal(now + tonumber(ARGV[1 + n + i])), ARGV[1 + i]
end
if n > 0 then call('ZADD', DUE, unpack(words)) end
return 'ok'
