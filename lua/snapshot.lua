-- snapshot: the gate and what it holds, in one step.
-- KEYS    gate held orders buyers due
-- ARGV    none
-- returns {'not_loaded'} | {'ok' or 'server_changed', epoch, version, available, held, state, revision,
--         {order, row of held, ...}, {order, due_at_ms, ...}}; the last by due_at
-- cost    O(held)
local gate = call('HMGET', GATE, 'server', 'epoch', 'version', 'available', 'held', 'state', 'revision')
for i = 1, 7 do
    if not gate[i] then return {'not_loaded'} end
end
gate[1] = gate[1] == server_id() and 'ok' or 'server_changed'
gate[8] = call('HGETALL', HELD)
gate[9] = call('ZRANGE', DUE, '0', '-1', 'WITHSCORES')
return gate
