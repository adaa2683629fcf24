-- figures: the gate without what it holds.
-- KEYS    gate held orders buyers due
-- ARGV    none
-- returns {'not_loaded'} | {'ok' or 'server_changed', epoch, version, available, held, state, revision}
-- cost    O(1)
local gate = call('HMGET', GATE, 'server', 'epoch', 'version', 'available', 'held', 'state', 'revision')
for i = 1, 7 do
    if not gate[i] then return {'not_loaded'} end
end
gate[1] = gate[1] == server_id() and 'ok' or 'server_changed'
return gate
