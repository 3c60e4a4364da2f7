-- Caches rows of MySQL. KEYS rows; ARGV "1" when the rows are valid for this life of the server only, else "0"; then for
-- each row: token, time to live in milliseconds (0: unlimited), number of arguments after the version, version, then field,
-- text ...; the version of a row that does not exist is "". Answers for each row 1; 0 when its token is outdated; 2 when
-- Redis has no memory left.
--#include "parts/life.lua"
--#include "parts/put.lua"
local answers, at = {}, 2
for number, row in ipairs(KEYS) do
  local token, ttl, count, version = unpack(ARGV, at, at + 3)
  local last = at + 3 + tonumber(count)
  answers[number] = 0
  if redis.call('HGET', row, 'f') == token and string.sub(token, -#life - 1) == '@' .. life then
    local isPut
    if version == '' then isPut = put('HSET', row, 'v', '-0')
    else isPut = put('HSET', row, 'v', version, unpack(ARGV, at + 4, last)) end
    redis.call('HDEL', row, 'f', 'x')
    if isPut then
      if ARGV[1] == '1' then redis.call('HSET', row, 'e', life) end
      if ttl ~= '0' then redis.call('PEXPIRE', row, ttl) else redis.call('PERSIST', row) end
    end
    answers[number] = isPut and 1 or 2
  end
  at = last + 1
end
return answers
