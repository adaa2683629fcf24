-- load_stage: puts one piece of a new gate beside the one in use; load_commit puts it in place. What nobody commits
-- disappears by itself after ten minutes.
-- KEYS    gate held orders buyers due, then the four `sluice:{S}:load:<epoch>:` keys held orders buyers due
-- ARGV    expected server, epoch, version, begin | more, kind of the rows, rows
--         orders  order, letter (s c r), quantity
--         held    order, row of held, due_at_ms
--         buyers  buyer, bought, held
-- returns 'ok' | 'wrong_server' | 'epoch_not_newer'
-- cost    O(rows); at most 5000
local STAGED_HELD, STAGED_ORDERS, STAGED_BUYERS, STAGED_DUE = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local expected, epoch, version, step, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local last = #ARGV
if not (whole(epoch) and whole(version)) then return bad('epoch or version') end
if step ~= 'begin' and step ~= 'more' then return bad('step') end
if (last - 5) % 3 ~= 0 or last - 5 > 3 * 5000 then return bad('arguments') end

-- A million rows have few different pairs of second and third words: each is looked at once.
local joined = setmetatable({}, {__index = function(all, second)
    all[second] = {}
    return all[second]
end})
local words, due_words, order_words = {}, {}, {}
for i = 6, last, 3 do
    local key, second, third = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local at = #words
    if kind == 'orders' then
        if #key ~= 16 then return bad('order') end
        local value = joined[second][third]
        if not value then
            if second ~= 's' and second ~= 'c' and second ~= 'r' then return bad('letter') end
            if not units(third) then return bad('quantity') end
            value = second .. third
            joined[second][third] = value
        end
        words[at + 1], words[at + 2] = key, value
    elseif kind == 'held' then
        local quantity, accepted, claims, price, window, buyer =
            second:match('^(%d+) (%d+) (%d+) (%d+) %u%u%u (%d+) (.+)$')
        if #key ~= 16 then return bad('order') end
        if not buyer or #buyer > 64 then return bad('row') end
        if not (units(quantity) and whole(accepted) and whole(claims) and whole(price) and whole(window)) then
            return bad('row')
        end
        if not whole(third) then return bad('due_at') end
        words[at + 1], words[at + 2] = key, second
        order_words[at + 1], order_words[at + 2] = key, 'h' .. quantity
        due_words[at + 1], due_words[at + 2] = third, key
    elseif kind == 'buyers' then
        if #key < 1 or #key > 64 then return bad('buyer') end
        local value = joined[second][third]
        if not value then
            if not (whole(second) and whole(third)) then return bad('total') end
            value = second .. ' ' .. third .. ' ' .. version
            joined[second][third] = value
        end
        words[at + 1], words[at + 2] = key, value
    else
        return bad('kind')
    end
end

local self = server_id()
if self == '' or self ~= expected then return 'wrong_server' end
local gate = call('HMGET', GATE, 'server', 'epoch')
if gate[1] == self and gate[2] and tonumber(gate[2]) >= tonumber(epoch) then return 'epoch_not_newer' end

if step == 'begin' then call('UNLINK', STAGED_HELD, STAGED_ORDERS, STAGED_BUYERS, STAGED_DUE) end
if kind == 'orders' then
    write('HSET', STAGED_ORDERS, words)
elseif kind == 'held' then
    write('HSET', STAGED_HELD, words)
    write('HSET', STAGED_ORDERS, order_words)
    write('ZADD', STAGED_DUE, due_words)
else
    write('HSET', STAGED_BUYERS, words)
end
for i = 6, 9 do call('EXPIRE', KEYS[i], '600') end
return 'ok'
