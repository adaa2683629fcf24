-- find_held: the held order of this id.
-- KEYS    gate held orders buyers due
-- ARGV    order
-- returns {} | {row of held, due_at_ms}
-- cost    O(1)
if #ARGV ~= 1 or #ARGV[1] ~= 16 then return bad('order') end
local row = call('HGET', HELD, ARGV[1])
if not row or call('EXISTS', GATE) == 0 then return {} end
return {row, call('ZSCORE', DUE, ARGV[1]) or '0'}
