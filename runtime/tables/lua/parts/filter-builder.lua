-- Ends the script when the builder was replaced. ARGV builder first.
local key = KEYS[1]
local head = redis.call('HMGET', key, 'life', 'builder')
if head[1] ~= life or head[2] ~= ARGV[1] then return 0 end
