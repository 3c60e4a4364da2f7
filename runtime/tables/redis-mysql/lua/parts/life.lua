-- The life of the server: another one when it has started again, and when another server has taken over, also when that one
-- gives the place back; what it tells of a former life may be old. "" when it does not say. Short, since Redis keeps hashes
-- with a text of more than 64 bytes, such as the token of a row that is filled with it, in a form that is slower to read.
local info = redis.pcall('INFO', 'replication')
local life = type(info) == 'string' and string.sub(string.match(info, 'master_replid:(%w+)') or '', 1, 16) or ''
