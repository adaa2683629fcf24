-- sync: the only way the ledger's truth enters the gate. Idempotent, order-insensitive, blind to the server: a gate that
-- another server loaded answers nobody until it is loaded again, so what it learns meanwhile does no harm.
-- KEYS    gate held orders buyers due
-- ARGV    epoch, version, available, n, n orders, n letters (s c r), then m buyers, m totals
-- returns 'ok' | 'not_loaded' | 'other_epoch'
-- cost    O(n + m); about 5 µs and 5 µs an order; at most 8000 orders and buyers
local epoch, version, available, n = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if not (whole(epoch) and whole(version) and whole(available) and whole(ARGV[4])) then return bad('truth') end
local m = (#ARGV - 4 - 2 * n) / 2
if m < 0 or m ~= math.floor(m) or n + m > 2 * CHUNK then return bad('arguments') end
local first_letter, first_buyer = 4 + n, 4 + 2 * n  -- one before
for i = 1, n do
    local letter = ARGV[first_letter + i]
    if #ARGV[4 + i] ~= 16 then return bad('order') end
    if letter ~= 's' and letter ~= 'c' and letter ~= 'r' then return bad('letter') end
end
for i = 1, m do
    local size = #ARGV[first_buyer + i]
    if size < 1 or size > 64 then return bad('buyer') end
    if not whole(ARGV[first_buyer + m + i]) then return bad('total') end
end

local gate = call('HMGET', GATE, 'epoch', 'version', 'held', 'loaded')
if not (gate[1] and gate[2] and gate[3]) then return 'not_loaded' end
if gate[1] ~= epoch then return 'other_epoch' end

local known = read(ORDERS, ARGV, 5, 4 + n)
local rows = read(HELD, ARGV, 5, 4 + n)
local names, own = {}, {}               -- the buyers to look up; buyer -> units to release
local gone, order_words, entry_of = {}, {}, {}
local held = tonumber(gate[3])
for i = 1, n do
    local order, letter = ARGV[4 + i], ARGV[first_letter + i]
    local before = entry_of[order]
    if not before and rows[i] then
        local quantity, buyer = rows[i]:match('^(%d+) %d+ %d+ %d+ %u%u%u %d+ (.+)$')
        if not buyer then return broken('held') end
        if not own[buyer] then names[#names + 1] = buyer end
        own[buyer] = (own[buyer] or 0) + quantity
        held = held - quantity
        gone[#gone + 1] = order
    end
    before = before or known[i]
    local entry
    if not before then
        entry = letter .. '0'
    elseif before:sub(1, 1) == 'h' or (before:sub(1, 1) == 's' and letter ~= 's') then
        entry = letter .. before:sub(2)
    else
        entry = before  -- cancelled and rejected are both final
    end
    if entry ~= before then
        order_words[#order_words + 1], order_words[#order_words + 2] = order, entry
    end
    entry_of[order] = entry
end
if held < 0 then return broken('held units') end

local bought = {}
for i = 1, m do
    local buyer = ARGV[first_buyer + i]
    if not own[buyer] then names[#names + 1], own[buyer] = buyer, 0 end
    bought[buyer] = bought[buyer] or ARGV[first_buyer + m + i]  -- a second total of one version says nothing new
end
local buyer_rows = read(BUYERS, names, 1, #names)
local loaded = tonumber(gate[4] or '0')  -- everything in the gate is at least as new
local buyer_words = {}
for i = 1, #names do
    local buyer, had, holds, of = names[i], '0', 0, '0'
    if buyer_rows[i] then
        had, holds, of = buyer_rows[i]:match('^(%d+) (%d+) (%d+)$')
        if not of then return broken('buyers') end
    end
    holds = holds - own[buyer]
    if holds < 0 then return broken('held units of a buyer') end
    -- By the buyer's own version, or that of the load: an older truth may be the only one that names this buyer.
    if bought[buyer] and tonumber(version) > math.max(tonumber(of), loaded) then had, of = bought[buyer], version end
    local row = had .. ' ' .. decimal(holds) .. ' ' .. of
    if row ~= buyer_rows[i] then
        buyer_words[#buyer_words + 1], buyer_words[#buyer_words + 2] = buyer, row
    end
end

-- The release comes first: a server that is out of memory lets a script go on that has written already.
write('HDEL', HELD, gone)
write('ZREM', DUE, gone)
write('HSET', ORDERS, order_words)
write('HSET', BUYERS, buyer_words)
local gate_words = {}
if #gone > 0 then gate_words = {'held', decimal(held)} end
if tonumber(version) > tonumber(gate[2]) then
    local at = #gate_words
    gate_words[at + 1], gate_words[at + 2], gate_words[at + 3], gate_words[at + 4] =
        'version', version, 'available', available
end
write('HSET', GATE, gate_words)
return 'ok'
