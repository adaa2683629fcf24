-- claim_stale: held orders whose due_at has passed, the longest due first, to be published again; pushes their due_at
-- forward by 10 s, doubling with every claim to at most 10 min. Looks at no state and no window: an accepted order has
-- to settle after closing time too.
-- KEYS    gate held orders buyers due
-- ARGV    orders_max
-- returns {'not_loaded'} | {'server_changed', epoch} | {'ok', epoch, order, row of held, ...}
-- cost    O(log held + k log held) for k claimed orders; at most 4000
if not whole(ARGV[1]) or tonumber(ARGV[1]) > CHUNK then return bad('orders_max') end
local gate = call('HMGET', GATE, 'server', 'epoch')
if not (gate[1] and gate[2]) then return {'not_loaded'} end
if gate[1] ~= server_id() then return {'server_changed', gate[2]} end

local reply, now = {'ok', gate[2]}, now_ms()
local orders = call('ZRANGEBYSCORE', DUE, '-inf', decimal(now), 'LIMIT', '0', ARGV[1])
local rows = read(HELD, orders, 1, #orders)
local due_words, held_words, lost = {}, {}, {}
for i = 1, #orders do
    local order, row = orders[i], rows[i]
    if row then
        local head, claims, tail = row:match('^(%d+ %d+) (%d+)( .+)$')
        if not claims then return broken('held') end
        local delay = math.min(10000 * 2 ^ math.min(tonumber(claims), 6), 600000)
        local at = #held_words
        held_words[at + 1], held_words[at + 2] = order, head .. ' ' .. decimal(claims + 1) .. tail
        due_words[at + 1], due_words[at + 2] = decimal(now + delay), order
        reply[at + 3], reply[at + 4] = order, row
    else
        lost[#lost + 1] = order
    end
end
write('HSET', HELD, held_words)
write('ZADD', DUE, due_words)
write('ZREM', DUE, lost)
return reply
