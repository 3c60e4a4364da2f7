import type { Shape } from "./option-shapes.ts";

/** What is wrong with the address of a server, and what would be right. It may hold a password, so it is never shown. */
export interface UrlFault {
  readonly wrong: string;
  readonly remedy: string;
}

const mysqlExample = 'give one such as "mysql://user@127.0.0.1:3306/game"';
const redisExample = 'give one such as "redis://127.0.0.1:6379", or several of one cluster, joined by commas';

/** The fault of a MySQL database's URL; undefined when it has none that can be seen. */
export function mysqlUrlFault(text: string): UrlFault | undefined {
  const fault = schemeFault(text, ["mysql:", "mariadb:"], mysqlExample);
  if (fault !== undefined || new URL(text).pathname.length > 1) return fault;
  return { wrong: "it names no database", remedy: mysqlExample };
}

/** The fault of a Redis' URL, or of several of one cluster. */
export function redisUrlFault(text: string): UrlFault | undefined {
  return text
    .split(",")
    .map((url) => schemeFault(url.trim(), ["redis:", "rediss:"], redisExample))
    .find((fault) => fault !== undefined);
}

export const mysqlUrl = urlShape(mysqlUrlFault, mysqlExample);
export const redisUrl = urlShape(redisUrlFault, redisExample);

function urlShape(faultOf: typeof mysqlUrlFault, example: string): Shape {
  return (value, path, problems) => {
    const none = { wrong: "it is no URL", remedy: example };
    const fault = typeof value === "string" ? faultOf(value) : none;
    if (fault !== undefined) problems.add("wrong-kind", path, fault.wrong, fault.remedy);
  };
}

function schemeFault(text: string, schemes: readonly string[], remedy: string): UrlFault | undefined {
  if (!URL.canParse(text)) return { wrong: "it is no URL", remedy };
  const { protocol } = new URL(text);
  return schemes.includes(protocol) ? undefined : { wrong: `it begins with ${protocol}`, remedy };
}
