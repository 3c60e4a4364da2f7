-- The life of the server. KEYS any. Answers it as a text, and fails where the user may not ask.
--#include "parts/life.lua"
return life
