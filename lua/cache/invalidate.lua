-- invalidate: a new generation, so that no load that began before can store; no lease; the value goes, or is stale.
-- KEYS    n pairs value meta
-- ARGV    delete | expire, then n generations
-- returns 'ok'
-- cost    O(n); O(bytes of the values) for expire
local mode = ARGV[1]
if mode ~= 'delete' and mode ~= 'expire' or #ARGV ~= 1 + #KEYS / 2 then return bad('arguments') end
for i = 1, #KEYS, 2 do
    local value, meta = KEYS[i], KEYS[i + 1]
    local ticket, seq, soft, hard = header(value)
    local known = call('HMGET', meta, 'seq', 'ticket')
    local life = math.max(call('PTTL', meta), SLACK)
    local rest = mode == 'expire' and ticket and call('GET', value):match('^%d+ %d+ %d+ %d+( .*)$')
    if not rest or rest:find('^ %d+ n\n') then  -- "there is none" is never served stale
        call('UNLINK', value)
    elseif now < soft then
        local head = table.concat({decimal(ticket), decimal(seq), decimal(now), decimal(hard)}, ' ')
        call('SET', value, head .. rest, 'KEEPTTL')
    end
    call('DEL', meta)
    call('HSET', meta, 'generation', ARGV[(i - 1) / 2 + 2], 'seq', decimal((known[1] or seq or 0) + 1), 'ticket',
        known[2] or '0')
    call('PEXPIRE', meta, decimal(life))
end
return 'ok'
