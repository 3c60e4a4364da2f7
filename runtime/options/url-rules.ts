import type { Explanation, Rule } from "./option-rules.ts";
import { leaf } from "./rule-kinds.ts";

const mysqlExample = 'give one such as "mysql://user@127.0.0.1:3306/game"';
const redisExample = 'give one such as "redis://127.0.0.1:6379", or several of one cluster, joined by commas';

/**
 * What is wrong with the URL of a MySQL database; undefined when nothing is. A URL may hold a password, so no message shows it.
 */
export function mysqlUrlFault(text: string): Explanation | undefined {
  const fault = schemeFault(text, ["mysql:", "mariadb:"], mysqlExample);
  if (fault !== undefined || new URL(text).pathname.length > 1) return fault;
  return { wrong: "it names no database", remedy: mysqlExample };
}

/** The fault of a Redis' URL, or of several of one cluster. */
export function redisUrlFault(text: string): Explanation | undefined {
  return text
    .split(",")
    .map((url) => schemeFault(url.trim(), ["redis:", "rediss:"], redisExample))
    .find((fault) => fault !== undefined);
}

export const mysqlUrl = urlRule(mysqlUrlFault, mysqlExample);
export const redisUrl = urlRule(redisUrlFault, redisExample);

function urlRule(faultOf: typeof mysqlUrlFault, example: string): Rule<string> {
  const explain = (value: unknown) =>
    (typeof value === "string" && faultOf(value)) || { wrong: "it is no URL", remedy: example };
  return leaf(
    "text",
    example.replace(/^give /, ""),
    (value) => typeof value === "string" && faultOf(value) === undefined,
    { explain },
  );
}

function schemeFault(text: string, schemes: readonly string[], remedy: string): Explanation | undefined {
  if (!URL.canParse(text)) return { wrong: "it is no URL", remedy };
  const { protocol } = new URL(text);
  return schemes.includes(protocol) ? undefined : { wrong: `it begins with ${protocol}`, remedy };
}
