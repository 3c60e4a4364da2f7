-- Frame of every script that changes rows: it changes many rows, one after another, and answers a list. The answer of a row
-- is its new version, a number of `row-refusal.ts`, or an error. An error of one row does not stop the others.
--
--     KEYS  row, journal, row, journal ...
--     ARGV  1 maximum entries of a journal, then other arguments that all rows share
--           then for each row: number of arguments that follow, and these arguments
--
-- In a script's body, a row's arguments are ARGV[from] to ARGV[to]. All scripts but `change-row` and `create-numbered` begin
-- them with these; `create-row` has its unique values before them:
--
--     from      expected version, or ""
--     from + 1  fields that become null, and after ";" fields that are set and may have been null: "3,5;7", or ""
--     from + 2  touched indexes, as "guild=2;guild_level=2,3;", or ""
--     from + 3  field, text, field, text ...
--
-- In a row's hash, "v" has the version; behind it "@" and the id of the last change that MySQL does not have; before it "-"
-- when the row does not exist. A null field is present as "n" and its name. A field that is present in neither form was
-- unknown to the process that cached the row; MySQL has its value.
--
-- The first field of a journal entry is the row's table and key ("hero:42"). Its value has the operation ("c" created, "s"
-- set, "d" deleted), the new version, and the set fields with their texts in MessagePack, because one value is faster to
-- write and read than many. Two optional fields follow: "x", names of the overlays that the change touched, and "z", fields
-- that became null.
--
-- `eachRow(at, one)` calls `one(row, journal, from, to)` for each row and answers the list of results. `at` is the position
-- of the first row's argument count.
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
