-- heartbeat: tells every process the channel's last number, so that a lost message is noticed though no other follows.
-- Every process calls it; one of them publishes.
-- KEYS    counter, beat
-- ARGV    channel, ms between two heartbeats
-- returns now_ms
-- cost    O(subscribers)
if not whole(ARGV[2]) then return bad('arguments') end
if call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then
    call('PUBLISH', ARGV[1], 'h ' .. (call('GET', KEYS[1]) or '0'))
end
return decimal(now)
