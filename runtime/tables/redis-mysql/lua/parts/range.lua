-- KEYS sequence: a hash with n the last number given, c the last of the range that MySQL granted, e the life of the server.
-- After a restart or a failover Redis may have forgotten numbers that it gave: a range is good for one life only.
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = head[3] == life
