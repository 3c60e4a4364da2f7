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
  for (const service of checkList(model, "services", { name: "string", role: "string" }))
    checkOptional(service, "reservedIds", isNumbers);
  const calls = { name: "string", service: "string", kind: "string", id: "number", body: "string" } as const;
  for (const call of checkList(model, "calls", calls)) {
    checkOptional(call, "route", isRoute);
    checkOptional(call, "rate", isPair);
    checkOptional(call, "key", isNumbers);
    for (const name of ["reply", "auth", "lane", "delivery"]) checkOptional(call, name, isText);
    for (const name of ["maxBytes", "timeoutMs", "minRelease", "tickMs"]) checkOptional(call, name, isNumber);
  }
  for (const message of checkList(model, "messages", { name: "string" })) {
    for (const field of checkList(message, "fields", { name: "string", number: "number", type: "string" })) {
      checkOptional(field, "column", isColumn);
      for (const name of ["label", "mapKey", "oneof", "json", "data"]) checkOptional(field, name, isText);
    }
    checkOptional(message, "table", isTable);
    checkOptional(message, "reserved", isReserved);
  }
  for (const one of checkList(model, "enums", { name: "string" })) {
    checkList(one, "values", { name: "string", number: "number" });
    checkOptional(one, "reserved", isReserved);
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

function checkOptional(
  owner: Readonly<Record<string, unknown>>,
  key: string,
  isSound: (value: unknown) => boolean,
): void {
  if (owner[key] === undefined || isSound(owner[key])) return;
  throw new Error(`${key} of ${String(owner["name"])} in the model has an unknown form`);
}

function isRoute(value: unknown): boolean {
  if (!isObject(value)) return isText(value);
  return value["node"] === undefined ? isNumbers(value["hash"]) : isText(value["node"]);
}

function isColumn(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name = "", foreignKey = "", owner = "", maxLength = 0 } = value;
  return [name, foreignKey, owner].every(isText) && isNumber(maxLength);
}

function isTable(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, ttlMs, database = "", durability = "", indexes = [] } = value;
  if (![name, database, durability].every(isText) || !isNumber(ttlMs) || !Array.isArray(indexes))
    return false;
  return indexes.every((index: unknown) => isObject(index) && isNumbers(index["columns"]));
}

function isReserved(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { numbers, names } = value;
  return Array.isArray(numbers) && numbers.every(isPair) && Array.isArray(names) && names.every(isText);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isNumber);
}

function isPair(value: unknown): boolean {
  return isNumbers(value) && value.length === 2;
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
