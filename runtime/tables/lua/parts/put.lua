-- `put(...)` is `redis.call(...)`, but returns false when Redis has reached `maxmemory`, and from then on for the rest of
-- the script. Redis itself refuses a command only while a script has written nothing.
local isFull = false
local function put(...)
  if isFull then return false end
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return true end
  if string.sub(reply.err, 1, 3) ~= 'OOM' then error(reply) end
  isFull = true
  return false
end
