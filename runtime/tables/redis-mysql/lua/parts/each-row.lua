-- Every function here changes many rows, one after another, and answers a list: for each row its new version, or one of
-- `row-refusal.ts`, or an error; one that fails does not stop the others.
--
--     KEYS  row, journal, row, journal ...
--     ARGV  1 most entries of a journal, then what else the function has in common for all
--           then for each row: how many arguments follow; those
--
-- In a function's body a row's arguments are ARGV[from] to ARGV[to]. All that change rows, but for `change-row` and
-- `create-numbered`, begin them with these three; `create-row` has its unique values before them:
--
--     from      version expected, or ""
--     from + 1  fields that become null, and after ";" fields that are set and may have been null: "3,5;7", or ""
--     from + 2  indexes touched, as "guild=2;guild_level=2,3;", or ""
--     from + 3  field, text, field, text ...
--
-- In a row, "v" has the version; behind it "@" and the id of the last change that MySQL does not have; before it "-" when
-- there is no such row. A field that is null is there as "n" and its name. One that is there in neither way was not known
-- to the process that put the row into the cache: what it is, MySQL knows.
--
-- An entry of the journal has as its first field the row's table and key ("hero:42"), whose value is the operation ("c"
-- created, "s" set, "d" deleted), the version after it, and the fields that it set, each followed by its text, in
-- MessagePack: one value is faster to write and to read than many. Then may follow "x", names of the overlays that it
-- touched, and "z", fields that became null.
--
-- `eachRow(at, one)`: calls `one(row, journal, from, to)` for each row, whose arguments are ARGV[from] to ARGV[to], and answers
-- the list of what it returns. `at` is the position of the first row's count of arguments.
local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
