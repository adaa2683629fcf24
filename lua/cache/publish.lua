-- publish: tells every process to forget keys, each under the channel's next number. After their invalidation: whoever
-- forgets a key and reads it again must not find the old value.
-- KEYS    counter
-- ARGV    channel, n keys of the cache
-- returns the last number
-- cost    O(n × subscribers)
if #ARGV < 2 then return bad('arguments') end
local number
for i = 2, #ARGV do
    number = call('INCR', KEYS[1])
    call('PUBLISH', ARGV[1], 'i ' .. decimal(number) .. ' ' .. ARGV[i])
end
return number
