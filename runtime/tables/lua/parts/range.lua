-- KEYS sequence: a hash with "n" the last number taken, "c" the last number of the granted range, "e" the life of the
-- server. A range is valid for one life only, because Redis may have lost numbers in a restart or a failover.
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = head[3] == life
