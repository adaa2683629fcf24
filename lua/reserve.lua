-- reserve: admits orders of one sale, one after the other, all in one step.
-- KEYS    gate held orders buyers due
-- ARGV    n orders, n buyers, n quantities, n terms ('<price> <currency> <payment_window_ms>')
-- returns {'not_loaded'} | {'server_changed', epoch} | {'ok', epoch, now_ms, verdict...}; a verdict is one letter and
--         what it needs: a accepted · h + row of held · s c r letter of a finished order · m other quantity ·
--         n not open · p paused · e ended · l + units the buyer may still take · o + units that are left
-- cost    O(n); about 10 µs and 5 µs an order; at most 4000 orders
local n = #ARGV / 4
if n ~= math.floor(n) or n > CHUNK then return bad('arguments') end
local number_of, sane = {}, {}  -- by text: most orders of a batch are alike
for i = 1, n do
    local buyer_size, quantity, terms = #ARGV[n + i], ARGV[2 * n + i], ARGV[3 * n + i]
    if #ARGV[i] ~= 16 then return bad('order') end
    if buyer_size < 1 or buyer_size > 64 then return bad('buyer') end
    if not number_of[quantity] then
        if not units(quantity) then return bad('quantity') end
        number_of[quantity] = tonumber(quantity)
    end
    if not sane[terms] then
        local price, window = terms:match('^(%d+) %u%u%u (%d+)$')
        if not whole(price) or not whole(window) then return bad('terms') end
        sane[terms] = true
    end
end

local gate = call(
    'HMGET', GATE, 'server', 'epoch', 'state', 'opens_at_ms', 'closes_at_ms', 'limit', 'available', 'held'
)
for i = 1, 8 do
    if not gate[i] then return {'not_loaded'} end
end
if gate[1] ~= server_id() then return {'server_changed', gate[2]} end
local now = now_ms()
local reply = {'ok', gate[2], decimal(now)}
if n == 0 then return reply end

local shut  -- the verdict for whoever is not known already
if gate[3] == 'draft' then shut = 'n'
elseif gate[3] == 'paused' then shut = 'p'
elseif gate[3] ~= 'open' then shut = 'e'
elseif now < tonumber(gate[4]) then shut = 'n'
elseif now >= tonumber(gate[5]) then shut = 'e'
end
local limit, held = tonumber(gate[6]), tonumber(gate[8])
local left = math.max(tonumber(gate[7]) - held, 0)

local known = read(ORDERS, ARGV, 1, n)
local rows = shut and {} or read(BUYERS, ARGV, n + 1, 2 * n)
local accepted = {}                 -- order -> its new row of held
local entry_of = {}                 -- order -> its new entry
local taken, own, rest = {}, {}, {} -- by buyer: bought + held; held; the texts of bought and version
local changed, is_changed = {}, {}  -- buyers
local replayed = {}                 -- indexes of held orders
local order_words, held_words, due_words, words = {}, {}, {}, 0
local since, due = ' ' .. reply[3] .. ' 0 ', decimal(now + 10000)

for i = 1, n do
    local order, buyer, quantity = ARGV[i], ARGV[n + i], ARGV[2 * n + i]
    local entry = entry_of[order] or known[i]
    local verdict
    if entry then  -- before the window: who repeats at closing time must not hear 'ended' of an order that settles
        local first = entry:sub(2)
        verdict = entry:sub(1, 1)
        if first ~= quantity and first ~= '0' then
            verdict = 'm'
        elseif verdict == 'h' then
            replayed[#replayed + 1] = i
        end
    elseif shut then
        verdict = shut
    else
        local wanted = number_of[quantity]
        local before = taken[buyer]
        if not before then
            before, own[buyer], rest[buyer] = 0, 0, false
            if rows[i] then
                local bought, holds, version = rows[i]:match('^(%d+) (%d+) (%d+)$')
                if not version then return broken('buyers') end
                before, own[buyer], rest[buyer] = bought + holds, tonumber(holds), {bought, version}
            end
            taken[buyer] = before
        end
        if before + wanted > limit then
            verdict = 'l' .. decimal(math.max(limit - before, 0))
        elseif left < wanted then
            verdict = 'o' .. decimal(left)
        else
            verdict = 'a'
            if not is_changed[buyer] then
                is_changed[buyer] = true
                changed[#changed + 1] = buyer
            end
            taken[buyer], own[buyer] = before + wanted, own[buyer] + wanted
            left, held = left - wanted, held + wanted
            local row, first = quantity .. since .. ARGV[3 * n + i] .. ' ' .. buyer, 'h' .. quantity
            entry_of[order], accepted[order] = first, row
            order_words[words + 1], order_words[words + 2] = order, first
            held_words[words + 1], held_words[words + 2] = order, row
            due_words[words + 1], due_words[words + 2] = due, order
            words = words + 2
        end
    end
    reply[3 + i] = verdict
end

for at = 1, #replayed do
    local i = replayed[at]
    local row = accepted[ARGV[i]] or call('HGET', HELD, ARGV[i])
    if not row then return broken('held') end
    reply[3 + i] = 'h' .. row
end
if words == 0 then return reply end

local buyer_words = {}
for at = 1, #changed do
    local buyer = changed[at]
    local old = rest[buyer]
    local bought, version = old and old[1] or '0', old and old[2] or '0'
    buyer_words[2 * at - 1], buyer_words[2 * at] = buyer, bought .. ' ' .. decimal(own[buyer]) .. ' ' .. version
end
write('HSET', ORDERS, order_words)
write('HSET', HELD, held_words)
write('HSET', BUYERS, buyer_words)
write('ZADD', DUE, due_words)
call('HSET', GATE, 'held', decimal(held))
return reply
