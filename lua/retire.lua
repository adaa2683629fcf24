-- retire: deletes the keys of a closed sale, if its gate is still of this epoch and holds nothing.
-- KEYS    gate held orders buyers due
-- ARGV    epoch
-- returns 'ok'
-- cost    O(1): freed in the background
if #ARGV ~= 1 or not whole(ARGV[1]) then return bad('epoch') end
local gate = call('HMGET', GATE, 'epoch', 'state', 'held')
if gate[1] == ARGV[1] and gate[2] == 'closed' and gate[3] == '0' and call('HLEN', HELD) == 0 then
    call('UNLINK', unpack(KEYS))
end
return 'ok'
