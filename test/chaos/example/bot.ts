/** A player of a process of its own, which flies about until it is ended. Says so to its parent when it has entered. */
import { Firefly } from "../../setup/firefly.ts";

const [url, name] = process.argv.slice(2);
const bot = await Firefly.join(url!, name!);
setInterval(() => bot.move(Math.random(), Math.random()), 100);
process.send?.(String(bot.id));
