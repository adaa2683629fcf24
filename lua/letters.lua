-- letters: what the gate remembers of these orders: hints for reconciliation.
-- KEYS    gate held orders buyers due
-- ARGV    n orders
-- returns {} when there is no gate, else n entries of orders, nil for an order that is not known
-- cost    O(n); at most 4000
if #ARGV > CHUNK then return bad('arguments') end
for i = 1, #ARGV do
    if #ARGV[i] ~= 16 then return bad('order') end
end
if call('EXISTS', GATE) == 0 then return {} end
return read(ORDERS, ARGV, 1, #ARGV)
