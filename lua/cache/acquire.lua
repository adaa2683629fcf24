-- acquire: the right to rebuild a key, unless somebody was faster, has it, or failed lately.
-- KEYS    n pairs value meta
-- ARGV    lease_ms, load_ms_max, then n × (owner, seen ticket, generation for a key without one)
-- returns now_ms, then n × {'acquired', generation, ticket, seq} | {'fresh', value} | {'busy', ms} | {'backoff', ms}
-- cost    O(n + bytes of the values given back)
local lease, load = ARGV[1], ARGV[2]
if not (whole(lease) and whole(load)) or #ARGV ~= 2 + #KEYS / 2 * 3 then return bad('arguments') end
for i = 4, #ARGV, 3 do
    if not whole(ARGV[i]) then return bad('ticket') end
end
local reply = {decimal(now)}
for i = 1, #KEYS, 2 do
    local value, meta = KEYS[i], KEYS[i + 1]
    local at = (i - 1) / 2 * 3 + 3
    local owner, seen, fresh_generation = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
    local ticket, seq, soft = header(value)
    local known = call('HMGET', meta, 'generation', 'seq', 'ticket', 'owner', 'until', 'not_before')
    local generation = known[1]
    if ticket and now < soft and ticket ~= seen then
        reply[#reply + 1] = {'fresh', call('GET', value)}
    elseif generation and known[4] and known[4] ~= owner and now < tonumber(known[5]) then
        reply[#reply + 1] = {'busy', decimal(known[5] - now)}
    elseif generation and known[6] and now < tonumber(known[6]) then
        reply[#reply + 1] = {'backoff', decimal(known[6] - now)}
    else
        local last = math.max(tonumber(known[3] or '0'), ticket or 0)
        local invalidated = known[2] or decimal(seq or 0)
        generation = generation or fresh_generation
        call('HSET', meta, 'generation', generation, 'seq', invalidated, 'ticket', decimal(last + 1),
            'owner', owner, 'until', decimal(now + lease))
        keep(meta, load + SLACK)
        reply[#reply + 1] = {'acquired', generation, decimal(last + 1), invalidated}
    end
end
return reply
