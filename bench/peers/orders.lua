-- The load of P1, for wrk and for both sides: every request is a new order of one unit, with a key of its own, by the next
-- of the buyers whose tokens are given.
--
--   wrk -t1 -c256 -d10s -s orders.lua URL -- TOKENS_FILE SALE KEY_PREFIX
--
-- The last line of output is JSON. `accepted` counts answers below 400: keys are never repeated, so that is 202 and nothing
-- else (run_stack.sh compares it with what the store holds). Not counted per answer here, because a function per
-- answer makes wrk the bottleneck.
local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

local heads, sent = {}, 0
local TAIL = '\r\n\r\n{"quantity":1}'

function init(args)
    local tokens, sale, prefix = args[1], args[2], args[3]
    for token in io.lines(tokens) do
        heads[#heads + 1] = "POST /v1/sales/" .. sale .. "/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            .. token .. "\r\nContent-Type: application/json\r\nContent-Length: 14\r\nIdempotency-Key: " .. prefix .. "-"
            .. thread_number .. "-"
    end
end

function request()
    sent = sent + 1
    return heads[sent % #heads + 1] .. sent .. TAIL
end

function done(summary, latency)
    local errors = summary.errors
    local lost = errors.connect + errors.read + errors.write + errors.timeout
    io.write(string.format(
        '{"answered": %d, "accepted": %d, "refused": %d, "lost": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f}\n',
        summary.requests, summary.requests - errors.status, errors.status, lost, summary.duration / 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
    ))
end
