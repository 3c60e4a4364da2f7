-- `life` identifies one life of the Redis server. A restart or a failover begins a new life, also when the former server
-- takes over again; data of a former life may be stale. The client appends `life` when the server reported it on the same
-- connection a moment ago. Otherwise the script reads it, which takes as long as reading a row. It is short, because Redis
-- stores a hash with a text of more than 64 bytes, such as the token of a fill, in a form that is slower to read.
--#append life
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
