-- `life`: the life of the server: another one when it has started again, and when another server has taken over, also when that
-- one gives the place back; what it tells of a former life may be old. The client appends it when the server has told it on
-- the same connection a moment ago; else this asks, which takes as long as reading a row. Short, since Redis keeps hashes
-- with a text of more than 64 bytes, such as the token of a row that is filled with it, in a form that is slower to read.
--#append life
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
