import type { Explanation, Rule } from "./option-rules.ts";
import { leaf } from "./rule-kinds.ts";

const mysqlExample = "expected mysql://user:password@host:3306/database";
const redisExample = "expected redis://host:6379, or several URLs of one cluster, joined by commas";

/** Returns the fault of a URL of a MySQL database; undefined for a valid URL. URLs may hold passwords, so errors omit them. */
export function mysqlUrlFault(text: string): Explanation | undefined {
  const fault = schemeFault(text, ["mysql:", "mariadb:"], mysqlExample);
  if (fault !== undefined || new URL(text).pathname.length > 1) return fault;
  return { wrong: "the URL names no database", remedy: mysqlExample };
}

/** Returns the first fault of the URL of a Redis, or of comma-separated URLs of one cluster; undefined for valid URLs. */
export function redisUrlFault(text: string): Explanation | undefined {
  return text
    .split(",")
    .map((url) => schemeFault(url.trim(), ["redis:", "rediss:"], redisExample))
    .find((fault) => fault !== undefined);
}

/** Rule of the URL of a MySQL database. */
export const mysqlUrl = urlRule(mysqlUrlFault, mysqlExample);
/** Rule of the URL of a Redis, or of several nodes of one cluster. */
export const redisUrl = urlRule(redisUrlFault, redisExample);

function urlRule(faultOf: typeof mysqlUrlFault, example: string): Rule<string> {
  const explain = (value: unknown) =>
    (typeof value === "string" && faultOf(value)) || { wrong: "invalid URL", remedy: example };
  return leaf(
    "string",
    example.replace(/^expected /, ""),
    (value) => typeof value === "string" && faultOf(value) === undefined,
    { explain },
  );
}

function schemeFault(text: string, schemes: readonly string[], remedy: string): Explanation | undefined {
  if (!URL.canParse(text)) return { wrong: "invalid URL", remedy };
  const { protocol, username, password, pathname } = new URL(text);
  if (!schemes.includes(protocol)) return { wrong: `unexpected scheme ${protocol}`, remedy };
  if ([username, password, pathname].every(isDecodable)) return undefined;
  return {
    wrong: "the URL has a % that encodes nothing",
    remedy: "expected %25 for each % of a name or password",
  };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
