import { nearest } from "../../schema/suggest.ts";
import { Refusal } from "../refusal.ts";

/** What a plugin run was asked for; what is absent was not given. Paths are relative to the working directory. */
export interface Parameters {
  readonly schema?: string;
  readonly lock?: string;
  readonly targets?: readonly string[];
  readonly importExtension?: string;
}

const known = ["schema", "lock", "targets", "import-extension"] as const;

/**
 * Reads `name=value` pairs between commas, as protoc and buf hand them over. `targets` may stand there several times.
 *
 * @throws Refusal for a parameter that is unknown, given twice or without a value
 */
export function parseParameters(text: string): Parameters {
  const values = new Map<string, string[]>();
  for (const pair of text.split(",").map((part) => part.trim())) {
    if (pair === "") continue;
    const [name = "", value = ""] = splitOnce(pair);
    if (!known.some((one) => one === name)) {
      const near = nearest(name, known);
      const help = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
      throw new Refusal(`unknown parameter "${name}" of protoc-gen-photinus; ${help}`);
    }
    if (value === "") throw new Refusal(`the parameter ${name} has no value; write ${name}=...`);
    const given = values.get(name);
    if (given === undefined) values.set(name, [value]);
    else if (name === "targets") given.push(value);
    else throw new Refusal(`the parameter ${name} is given twice; keep one of the two`);
  }
  const [schema, lock, importExtension] = (["schema", "lock", "import-extension"] as const).map(
    (name) => values.get(name)?.[0],
  );
  const targets = values.get("targets");
  return {
    ...(schema !== undefined && { schema }),
    ...(lock !== undefined && { lock }),
    ...(importExtension !== undefined && { importExtension }),
    ...(targets !== undefined && { targets }),
  };
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}
