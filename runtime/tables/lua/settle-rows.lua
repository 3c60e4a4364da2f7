#!lua flags=allow-oom
-- Marks rows as written to MySQL. KEYS rows; ARGV "1" when the rows were written just now, "0" when only the journal's
-- position is known; time to live of tombstones; then for each row its last written change and its time to live (0:
-- unlimited). Leaves rows with a later change and refused rows alone. Answers for each row: 1; 0 when MySQL refused it; 2
-- when an earlier change was refused and no change is queued now, so that the row's dead letters can be closed.
--#include "parts/is-later.lua"
local answers, isJustWritten = {}, ARGV[1] == '1'
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'x')
  local v, id = head[1], ARGV[at * 2 + 1]
  local isRefused = not isJustWritten and head[2] and not isLater(id, head[2])
  local isLast = v and string.sub(v, -#id - 1) == '@' .. id
  -- A change refused in a transaction that failed may have been accepted in the next one.
  local isMended = head[2] and (isLater(id, head[2]) or isJustWritten and id == head[2])
  local isWritten = isMended and (isLast or v and not string.find(v, '@', 1, true))
  answers[at] = isRefused and 0 or isWritten and 2 or 1
  if isLast and not isRefused then
    redis.call('HSET', row, 'v', string.sub(v, 1, -#id - 2))
    local ttl = ARGV[at * 2 + 2]
    if string.byte(v) == 45 then ttl = ARGV[2] end
    if ttl ~= '0' then redis.call('PEXPIRE', row, ttl) end
  end
end
return answers
