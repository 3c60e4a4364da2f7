-- `put(...)` is `redis.call(...)`, but answers false when Redis has reached its `maxmemory`, and then for the rest of the
-- function: Redis itself refuses only as long as a function has written nothing.
local isFull = false
local function put(...)
  if isFull then return false end
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return true end
  if string.sub(reply.err, 1, 3) ~= 'OOM' then error(reply) end
  isFull = true
  return false
end
