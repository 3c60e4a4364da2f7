import { readLuaFiles } from "../../codegen/lua/lua-target.ts";
import { lintScripts } from "./lua-lint.ts";
import { luaFolder } from "./lua-script.ts";

// `npm run lint:lua`
const files = readLuaFiles(luaFolder);
const problems = lintScripts(files);
for (const problem of problems) process.stderr.write(`runtime/tables/lua/${problem}\n`);
if (files.size === 0) process.stderr.write(`there is no Lua file in ${luaFolder}\n`);
process.exitCode = problems.length > 0 || files.size === 0 ? 1 : 0;
if (process.exitCode === 0) process.stdout.write(`${files.size} Lua files, nothing wrong\n`);
