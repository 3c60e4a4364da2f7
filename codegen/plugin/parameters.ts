import { nearest } from "../../schema/suggest.ts";
import { Refusal } from "../refusal.ts";

/** Parameters of the plugin; an absent one was not given. Paths are relative to the working directory. */
export interface Parameters {
  readonly schema?: string;
  readonly lock?: string;
  readonly targets?: readonly string[];
  readonly importExtension?: string;
}

const known = ["schema", "lock", "targets", "import-extension"] as const;

/**
 * Parses the parameter text of protoc or buf: `name=value` pairs with commas between. `targets` may occur several times.
 *
 * @throws Refusal for an unknown or repeated parameter, or one without a value
 */
export function parseParameters(text: string): Parameters {
  const values = new Map<string, string[]>();
  for (const pair of text.split(",").map((part) => part.trim())) {
    if (pair === "") continue;
    const [name = "", value = ""] = splitOnce(pair);
    if (!known.some((one) => one === name)) {
      const near = nearest(name, known);
      const help = near === undefined ? `expected ${known.join(", ")}` : `did you mean ${near}?`;
      throw new Refusal(`unknown parameter "${name}" of protoc-gen-photinus; ${help}`);
    }
    if (value === "") throw new Refusal(`the parameter ${name} has no value; expected ${name}=...`);
    const given = values.get(name);
    if (given === undefined) values.set(name, [value]);
    else if (name === "targets") given.push(value);
    else throw new Refusal(`the parameter ${name} is given twice; remove one of the two`);
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
