-- Compares the expected version, if any, with the row's version.
if ARGV[from] ~= '' and ARGV[from] ~= version then return -3 end
