import type { Push } from "../../../schema/model.ts";
import type { OptionObject } from "../link/option-object.ts";
import type { FileContext } from "./file-context.ts";

/** Tick of pushes that a slow client may miss, in ms: twenty writes in a second and member, as game servers commonly have. */
const defaultTickMs = 50;
/** Longest `tick_ms`, in ms. */
const maxTickMs = 1_000;

/** Returns the tick of a push: its own, else that of its service, else the default of its delivery class. Reports one that is too long. */
export function tickOf(
  context: FileContext,
  options: OptionObject,
  service: OptionObject | undefined,
  delivery: Push["delivery"],
): number {
  const own = read(context, options);
  if (own !== undefined) return own;
  if (delivery === "RELIABLE") return 0;
  return (service && read(context, service)) ?? defaultTickMs;
}

function read(context: FileContext, options: OptionObject): number | undefined {
  const tickMs = options.number("tick_ms");
  const at = options.at("tick_ms");
  if (tickMs !== undefined && at !== undefined && tickMs > maxTickMs) {
    const help = `choose a time from 0 to ${maxTickMs} ms`;
    context.refuse("PH063", at, `tick_ms is ${tickMs}`, help);
  }
  return tickMs;
}
