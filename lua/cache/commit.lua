-- commit: stores what was loaded, iff the key's generation is still the one that its load began under and no load that
-- began later has stored. Nobody need own the lease: a slow load whose lease was taken over still counts.
-- KEYS    n pairs value meta
-- ARGV    n × (owner, generation, ticket, soft_ttl_ms, grace_ms, load_ms, v | n, payload)
-- returns now_ms, then n × {'stored', soft_ms, hard_ms} | {'generation'} | {'ticket'} | {'missing'}
-- cost    O(n + bytes)
if #ARGV ~= #KEYS / 2 * 8 then return bad('arguments') end
for i = 1, #ARGV, 8 do
    if not (whole(ARGV[i + 2]) and whole(ARGV[i + 3]) and whole(ARGV[i + 4]) and whole(ARGV[i + 5])) then
        return bad('number')
    end
    if ARGV[i + 6] ~= 'v' and ARGV[i + 6] ~= 'n' then return bad('kind') end
end
local reply = {decimal(now)}
for i = 1, #KEYS, 2 do
    local value, meta = KEYS[i], KEYS[i + 1]
    local at = (i - 1) / 2 * 8
    local owner, generation, ticket = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    local known = call('HMGET', meta, 'generation', 'seq', 'owner')
    local stored_ticket = header(value)
    if not known[1] then
        reply[#reply + 1] = {'missing'}  -- lost, perhaps with an invalidation in between
    elseif known[1] ~= generation then
        reply[#reply + 1] = {'generation'}
    elseif stored_ticket and stored_ticket >= tonumber(ticket) then
        reply[#reply + 1] = {'ticket'}
    else
        local soft = now + ARGV[at + 4]
        local hard = soft + ARGV[at + 5]
        local head = table.concat({ticket, known[2] or '0', decimal(soft), decimal(hard), ARGV[at + 6], ARGV[at + 7]}, ' ')
        call('SET', value, head .. '\n' .. ARGV[at + 8], 'PXAT', decimal(hard))
        call('HDEL', meta, 'failures', 'not_before')
        if known[3] == owner then call('HDEL', meta, 'owner', 'until') end
        reply[#reply + 1] = {'stored', decimal(soft), decimal(hard)}
    end
end
return reply
