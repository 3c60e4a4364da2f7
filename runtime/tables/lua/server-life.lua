-- Answers the life of the server as a text. KEYS any. Fails when the user may not run INFO.
--#include "parts/life.lua"
return life
