-- release: gives a lease back without a value; after a failure nobody may try again for a while, which doubles.
-- KEYS    n pairs value meta
-- ARGV    n × (owner, generation, failed 1 | 0, backoff_first_ms, backoff_max_ms)
-- returns 'ok'
-- cost    O(n)
if #ARGV ~= #KEYS / 2 * 5 then return bad('arguments') end
for i = 1, #ARGV, 5 do
    if not (whole(ARGV[i + 3]) and whole(ARGV[i + 4])) then return bad('backoff') end
end
for i = 1, #KEYS, 2 do
    local meta = KEYS[i + 1]
    local at = (i - 1) / 2 * 5
    local known = call('HMGET', meta, 'owner', 'generation', 'failures')
    if known[1] == ARGV[at + 1] and known[2] == ARGV[at + 2] then
        call('HDEL', meta, 'owner', 'until')
        if ARGV[at + 3] == '1' then
            local failures = (known[3] or 0) + 1
            local pause = math.min(ARGV[at + 4] * 2 ^ math.min(failures - 1, 20), tonumber(ARGV[at + 5]))
            call('HSET', meta, 'failures', decimal(failures), 'not_before', decimal(now + pause))
            keep(meta, pause + ARGV[at + 5] + SLACK)
        end
    end
end
return 'ok'
