if ARGV[from] ~= '' and ARGV[from] ~= version then return -3 end
