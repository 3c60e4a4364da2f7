-- Sums of decimal texts of any length, because Lua numbers are exact up to 2^53 only.
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
