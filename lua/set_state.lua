-- set_state: the operator's word, applied only in the same epoch and only if its revision is newer.
-- KEYS    gate held orders buyers due
-- ARGV    epoch, revision, state
-- returns 'ok'
-- cost    O(1)
local epoch, revision, state = ARGV[1], ARGV[2], ARGV[3]
if #ARGV ~= 3 or not (whole(epoch) and whole(revision)) then return bad('arguments') end
if state ~= 'draft' and state ~= 'open' and state ~= 'paused' and state ~= 'closed' then return bad('state') end
local gate = call('HMGET', GATE, 'epoch', 'revision')
if gate[1] == epoch and gate[2] and tonumber(revision) > tonumber(gate[2]) then
    call('HSET', GATE, 'revision', revision, 'state', state)
end
return 'ok'
