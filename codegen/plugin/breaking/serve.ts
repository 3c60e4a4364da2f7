import { messageOf } from "../../../schema/errors.ts";
import { Refusal } from "../../refusal.ts";
import { decodeCheck, encodeAnswer, encodeFailure, encodeSpec, type Format } from "./check-call.ts";
import { category, checkFiles, listedRules } from "./check-files.ts";

const service = "/buf.plugin.check.v1.CheckService";
const procedures = ["Check", "ListRules", "ListCategories"].map((name) => `${service}/${name}`);

/** Answer of the plugin to one call of its program. */
export interface Served {
  readonly output: Uint8Array;
  readonly exitCode: 0 | 1;
  /** Line for standard error; "" without one. */
  readonly error: string;
}

/**
 * Serves one call of the program, as PluginRPC demands: `--protocol`, `--spec`, or the path of a procedure with the request on
 * standard input. `--format` is binary by default.
 *
 * @param words arguments of the command line
 * @param read reads standard input to its end
 * @param folder working directory, whose package.json has the settings
 */
export async function serve(
  words: readonly string[],
  read: () => Promise<Uint8Array>,
  folder: string,
): Promise<Served> {
  const rest = [...words];
  const at = rest.indexOf("--format");
  const [, format = "binary"] = at < 0 ? [] : rest.splice(at, 2);
  if (format !== "binary" && format !== "json")
    return failed(`invalid format "${format}"; expected binary or json`);
  const [word, ...more] = rest;
  if (more.length > 0) return failed(`unexpected argument "${more[0]}"`);
  if (word === "--protocol") return served(Buffer.from("1\n"));
  if (word === "--spec") return served(encodeSpec(procedures, format));
  switch (word?.slice(service.length + 1)) {
    case "Check":
      return served(await answerCheck(await read(), format, folder));
    case "ListRules":
      return served(encodeAnswer("ListRulesResponse", { rules: listedRules() }, format));
    case "ListCategories": {
      const purpose =
        "Changes that break clients, nodes or stored rows of a game, as photinus check finds them.";
      return served(
        encodeAnswer("ListCategoriesResponse", { categories: [{ id: category, purpose }] }, format),
      );
    }
    default:
      return failed(`unknown argument "${word ?? ""}"; buf-plugin-photinus is run by buf breaking`);
  }
}

async function answerCheck(bytes: Uint8Array, format: Format, folder: string): Promise<Uint8Array> {
  try {
    const annotations = await checkFiles(decodeCheck(bytes, format), folder);
    return encodeAnswer("CheckResponse", { annotations }, format);
  } catch (error) {
    if (error instanceof Refusal) return encodeFailure(error.message, format);
    throw error;
  }
}

function served(output: Uint8Array): Served {
  return { output, exitCode: 0, error: "" };
}

function failed(message: string): Served {
  return { output: new Uint8Array(), exitCode: 1, error: `error: ${messageOf(new Error(message))}\n` };
}
