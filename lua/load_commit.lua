-- load_commit: puts a staged gate in place of what was there, if this is still the expected server, if it has no gate
-- of this epoch or a later one, and if every staged row is there.
-- KEYS    gate held orders buyers due, then the four `sluice:{S}:load:<epoch>:` keys held orders buyers due
-- ARGV    expected server, state, revision, epoch, version, available, held, limit, opens_at_ms, closes_at_ms,
--         numbers of staged orders (held ones too), held orders, buyers
-- returns 'loaded' | 'wrong_server' | 'epoch_not_newer' | 'incomplete'
-- cost    O(1): renames; old keys are freed in the background
local NAMES = {'server', 'state', 'revision', 'epoch', 'version', 'available', 'held', 'limit', 'opens_at_ms',
    'closes_at_ms'}
local STATES = {draft = true, open = true, paused = true, closed = true}
if #ARGV ~= 13 then return bad('arguments') end
if not STATES[ARGV[2]] then return bad('state') end
for i = 3, 13 do
    if not whole(ARGV[i]) then return bad(NAMES[i] or 'count') end
end

local self = server_id()
if self == '' or self ~= ARGV[1] then return 'wrong_server' end
local gate = call('HMGET', GATE, 'server', 'epoch')
if gate[1] == self and gate[2] and tonumber(gate[2]) >= tonumber(ARGV[4]) then return 'epoch_not_newer' end
-- Less than was sent: the server was flushed meanwhile, or the rows have expired.
local orders, held, buyers = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
if call('HLEN', KEYS[7]) ~= orders or call('HLEN', KEYS[6]) ~= held or call('HLEN', KEYS[8]) ~= buyers or
    call('ZCARD', KEYS[9]) ~= held then
    return 'incomplete'
end

local words = {'loaded', ARGV[5]}
for i = 1, #NAMES do words[2 * i + 1], words[2 * i + 2] = NAMES[i], ARGV[i] end
call('HSET', GATE, unpack(words))  -- the write that a server without memory refuses comes first
for i = 2, 5 do
    call('UNLINK', KEYS[i])
    if call('EXISTS', KEYS[i + 4]) == 1 then
        call('RENAME', KEYS[i + 4], KEYS[i])
        call('PERSIST', KEYS[i])
    end
end
return 'loaded'
