-- extend: the heartbeat of whoever loads.
-- KEYS    n pairs value meta
-- ARGV    lease_ms, then n × (owner, generation)
-- returns n × 1 (it is still that owner's, and now for lease_ms longer) | 0
-- cost    O(n)
if not whole(ARGV[1]) or #ARGV ~= 1 + #KEYS then return bad('arguments') end
local reply = {}
for i = 1, #KEYS, 2 do
    local meta = KEYS[i + 1]
    local known = call('HMGET', meta, 'owner', 'generation')
    local mine = known[1] == ARGV[i + 1] and known[2] == ARGV[i + 2]
    if mine then
        call('HSET', meta, 'until', decimal(now + ARGV[1]))
        keep(meta, ARGV[1] + SLACK)
    end
    reply[#reply + 1] = mine and 1 or 0
end
return reply
