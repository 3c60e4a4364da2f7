import { eachRow, overlays, present, room } from "./each-row.ts";
import type { Script } from "./script.ts";

/** Sums of decimal texts of any length: Lua's own numbers are exact to 2^53 only. */
const decimals = `
local function limbs(text)
  local list, at = {}, #text
  while at > 0 do
    list[#list + 1] = tonumber(string.sub(text, math.max(1, at - 6), at))
    at = at - 7
  end
  return list
end
local function signed(text)
  if string.sub(text, 1, 1) == '-' then return -1, limbs(string.sub(text, 2)) end
  return 1, limbs(text)
end
local function sum(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x > -4e15 and x < 4e15 and y > -4e15 and y < 4e15 then return string.format('%.0f', x + y) end
  local s, p = signed(a)
  local t, q = signed(b)
  local list, sign = {}, 1
  for at = 1, math.max(#p, #q) do list[at] = s * (p[at] or 0) + t * (q[at] or 0) end
  for at = #list, 1, -1 do
    if list[at] ~= 0 then
      if list[at] < 0 then sign = -1 end
      break
    end
  end
  local text, carry = '', 0
  for at = 1, #list do
    local limb = list[at] * sign + carry
    carry = math.floor(limb / 1e7)
    text = string.format('%07d', limb - carry * 1e7) .. text
  end
  if carry > 0 then text = string.format('%d', carry) .. text end
  text = string.gsub(text, '^0+', '')
  if text == '' then return '0' end
  if sign < 0 then return '-' .. text end
  return text
end
local function less(a, b)
  local m, n = string.sub(a, 1, 1) == '-', string.sub(b, 1, 1) == '-'
  if m ~= n then return m end
  if #a ~= #b then return (#a < #b) ~= m end
  return a ~= b and (a < b) ~= m
end
`;

/**
 * Adds to a column; answers the sum as a text. After the first three arguments: field; kind of number (i whole, s whole of 32
 * bits with a sign, u without, d double, f single precision); change; least; most. What a process of a newer schema has put
 * beyond 32 bits is left as it is.
 */
export const add: Script = eachRow(
  [
    present,
    overlays,
    `
local field, kind, delta = ARGV[from + 3], ARGV[from + 4], ARGV[from + 5]
local least, most = ARGV[from + 6], ARGV[from + 7]
local now = stored(field)
if incomplete then return -8 end
if not now then return -7 end
local total
if kind ~= 'd' and kind ~= 'f' then
  if kind == 's' and (less(now, '-2147483648') or less('2147483647', now)) then return -5 end
  if kind == 'u' and (less(now, '0') or less('4294967295', now)) then return -5 end
  total = sum(now, delta)
  if less(total, least) or less(most, total) then return -5 end
else
  local real = tonumber(now) + tonumber(delta)
  if kind == 'f' then real = struct.unpack('f', struct.pack('f', real)) end
  if real ~= real or real - real ~= 0 then return -5 end
  if least ~= '' and real < tonumber(least) or most ~= '' and real > tonumber(most) then return -5 end
  total = string.format('%.17g', real + 0)
end
local list, names = {}, ''
if ARGV[from + 2] ~= '' then
  list, names = overlays(stored, function(other)
    if other == field then return total end
    return stored(other)
  end)
  if incomplete then return -8 end
end
`,
    room,
    `
local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(field, total), 'x', names)
cover(list, id)
redis.call('HSET', row, 'v', after .. '@' .. id, field, total)
if not at then redis.call('PERSIST', row) end
return total
`,
  ],
  { shared: decimals },
);
