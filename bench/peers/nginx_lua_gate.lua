-- The gate that a strong engineer would deploy today: nginx, one EVALSHA per request over a pool of kept connections, and
-- an answer that says so. It speaks Sluice's `POST /v1/sales/{id}/orders` with the same bodies and codes.
--
-- What it leaves out is in its favour: nothing stands behind it (an accepted order is in Redis and nowhere else), and it
-- believes the buyer's token without checking the signature (Debian packages no HMAC-SHA256 for nginx).
local cjson = require "cjson.safe"
local redis = require "nginx.redis"
local md5, md5_bin, decode_base64 = ngx.md5, ngx.md5_bin, ngx.decode_base64

local TERMS, PRICE = "100 CNY 86400000", 100
local POOL = 1024           -- idle connections to Redis that a worker keeps: more than it ever has requests
local IDLE_MS = 3600000    -- not opened anew after a pause
local TIMEOUT_MS = 5000
local TITLES = {
    sold_out = "Not enough units are left", limit_reached = "The limit per buyer is reached",
    not_open = "The sale is not open", paused = "The sale is paused", ended = "The sale has ended",
    payload_mismatch = "The key was used with other contents", unauthorized = "A valid token is needed",
    bad_request = "The request is not understood", recovering = "Try again in a moment",
    unavailable = "Try again in a moment", invalid_field = "A field is wrong",
}
local SHUT = { n = "not_open", p = "paused", e = "ended" }

local port, sha, script
local keys_of = {}  -- by sale

local M = {}

function M.set_up(redis_port, script_sha, script_path)
    port, sha = redis_port, script_sha
    local file = assert(io.open(script_path))
    script = file:read("*a")
    file:close()
end

local function send(status, body)
    ngx.status = status
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

local function problem(status, code, order, left)
    ngx.header["Content-Type"] = "application/problem+json"
    local retryable = status == 503
    if retryable then ngx.header["Retry-After"] = 1 end
    local more = order and ',"order_id":"' .. order .. '"' or ""
    if left then more = more .. ',"left":' .. left end
    send(status, '{"type":"/problems/' .. code .. '","title":"' .. TITLES[code] .. '","status":' .. status
        .. ',"code":"' .. code .. '","instance":"' .. ngx.var.uri .. '","request_id":"' .. ngx.var.request_id
        .. '","retryable":' .. tostring(retryable) .. more .. "}")
end

-- The buyer that a token names: slb1.<base64url of the buyer>.<expiry>.<signature>.
local function buyer_of(header)
    local name, expires = (header or ""):match("^Bearer slb1%.([%w_-]+)%.(%d+)%.[%w_-]+$")
    if not name or tonumber(expires) <= ngx.time() then return nil end
    name = name:gsub("-", "+"):gsub("_", "/")
    return decode_base64(name .. ("="):rep(-#name % 4))
end

local function reserve(sale, order, buyer, quantity)
    local keys = keys_of[sale]
    if not keys then
        local prefix = "peer:{" .. sale .. "}:"
        keys = { prefix .. "gate", prefix .. "held", prefix .. "orders", prefix .. "buyers", prefix .. "due" }
        keys_of[sale] = keys
    end
    local client = redis:new()
    client:set_timeout(TIMEOUT_MS)
    local ok, failed = client:connect("127.0.0.1", port)
    if not ok then return nil, failed end
    local reply
    reply, failed = client:evalsha(sha, 5, keys[1], keys[2], keys[3], keys[4], keys[5], order, buyer, quantity, TERMS)
    if not reply and failed and failed:sub(1, 8) == "NOSCRIPT" then
        reply, failed = client:eval(script, 5, keys[1], keys[2], keys[3], keys[4], keys[5], order, buyer, quantity, TERMS)
    end
    if reply then client:set_keepalive(IDLE_MS, POOL) end
    return reply, failed
end

local function accepted(sale, order, quantity, replayed)
    local path = "/v1/orders/" .. order
    ngx.header["Content-Type"] = "application/json"
    ngx.header["Location"] = path
    if replayed then ngx.header["Idempotency-Replayed"] = "true" end
    local now = ngx.utctime()
    send(202, '{"order_id":"' .. order .. '","sale_id":' .. sale .. ',"state":"held","reason":null,"quantity":'
        .. quantity .. ',"amount_minor":' .. quantity * PRICE .. ',"currency":"CNY","accepted_at":"' .. now:sub(1, 10)
        .. "T" .. now:sub(12) .. '.000Z","deadline_at":null}')
end

function M.place(sale)
    if ngx.req.get_method() ~= "POST" then return problem(400, "bad_request") end
    local buyer = buyer_of(ngx.var.http_authorization)
    if not buyer then return problem(401, "unauthorized") end
    local key = ngx.var.http_idempotency_key
    if not key or #key > 255 then return problem(400, "bad_request") end
    ngx.req.read_body()
    local body = cjson.decode(ngx.req.get_body_data() or "")
    local quantity = type(body) == "table" and body.quantity
    if type(quantity) ~= "number" or quantity < 1 or quantity > 1000000 or quantity % 1 ~= 0 then
        return problem(422, "invalid_field")
    end

    local identity = #buyer .. ":" .. buyer .. ":" .. sale .. ":" .. key
    local hex = md5(identity)
    local order = hex:sub(1, 8) .. "-" .. hex:sub(9, 12) .. "-" .. hex:sub(13, 16) .. "-" .. hex:sub(17, 20) .. "-"
        .. hex:sub(21)
    local reply = reserve(sale, md5_bin(identity), buyer, quantity)
    if not reply then return problem(503, "unavailable", order) end
    if reply[1] ~= "ok" then return problem(503, "recovering", order) end
    local verdict = reply[4]
    local letter = verdict:sub(1, 1)
    if letter == "a" or letter == "h" then return accepted(sale, order, quantity, letter == "h") end
    if letter == "o" then return problem(409, "sold_out", order, verdict:sub(2)) end
    if letter == "l" then return problem(409, "limit_reached", order, verdict:sub(2)) end
    if letter == "m" then return problem(422, "payload_mismatch", order) end
    if SHUT[letter] then return problem(409, SHUT[letter], order) end
    return problem(503, "unavailable", order) -- finished orders: nothing finishes one here
end

return M
