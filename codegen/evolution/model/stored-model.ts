import type { ProtocolModel } from "./protocol-model.ts";

/**
 * Checks the parts of a stored snapshot that a comparison relies on. A file may be edited by hand, or come from another version.
 *
 * @param model snapshot from JSON
 * @throws Error when the snapshot has another form than this version reads; the message names the part
 */
export function checkModel(model: unknown): asserts model is ProtocolModel {
  if (!isObject(model) || model["version"] !== 1) throw new Error("unknown version of the model; expected 1");
  if (!isObject(model["errors"])) throw new Error("the model has no errors");
  checkList(model, "files", { path: "string", package: "string" });
  checkList(model, "services", { name: "string", role: "string" });
  checkList(model, "calls", {
    name: "string",
    service: "string",
    kind: "string",
    id: "number",
    body: "string",
  });
  for (const message of checkList(model, "messages", { name: "string" })) {
    checkList(message, "fields", { name: "string", number: "number", type: "string" });
    checkReserved(message);
  }
  for (const one of checkList(model, "enums", { name: "string" })) {
    checkList(one, "values", { name: "string", number: "number" });
    checkReserved(one);
  }
}

type Parts = Readonly<Record<string, "string" | "number">>;

function checkList(
  owner: Readonly<Record<string, unknown>>,
  key: string,
  parts: Parts,
): Readonly<Record<string, unknown>>[] {
  const list = owner[key];
  if (!Array.isArray(list)) throw new Error(`${key} of the model is not a list`);
  return list.map((one: unknown, at) => {
    if (!isObject(one)) throw new Error(`${key}[${at}] of the model is not an object`);
    for (const [name, type] of Object.entries(parts)) {
      if (typeof one[name] !== type) throw new Error(`${key}[${at}].${name} of the model is not a ${type}`);
    }
    return one;
  });
}

function checkReserved(owner: Readonly<Record<string, unknown>>): void {
  const reserved = owner["reserved"];
  if (reserved === undefined) return;
  if (!isObject(reserved) || !Array.isArray(reserved["numbers"]) || !Array.isArray(reserved["names"]))
    throw new Error(`reserved of ${String(owner["name"])} has no numbers or names`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
