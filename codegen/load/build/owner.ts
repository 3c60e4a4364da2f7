import type { Column, Field } from "../../../schema/model.ts";
import type { OptionObject } from "../link/option-object.ts";
import { describe } from "./field.ts";

type Refuse = (code: "PH014" | "PH084", key: string, message: string, help: string) => void;

/** Part of a column that says whose row it is. A column without `owner` has none of these members. */
export function ownerOf(options: OptionObject | undefined): Pick<Column, "owner" | "forget"> {
  if (options?.bool("owner") !== true) return {};
  return { owner: true, forget: (options.string("forget") ?? "DELETE") as "DELETE" | "ANONYMIZE" };
}

/**
 * Reports an owner that cannot hold a user id, a second owner of a table, and `forget` without an owner.
 *
 * @param fields all fields of the table
 * @param options the field's `(photinus.column)`; undefined when the field has none
 */
export function checkOwner(
  field: Field,
  fields: readonly Field[],
  options: OptionObject | undefined,
  refuse: Refuse,
): void {
  if (field.column?.owner !== true) {
    if (options?.get("forget") === undefined) return;
    const text = `forget has no effect on ${field.name}, which is not the owner of the row`;
    refuse("PH014", "forget", text, "add owner: true, or remove forget");
    return;
  }
  if (!isUserId(field)) {
    const text = `${field.name} cannot have owner: it is ${describe(field)}`;
    refuse("PH084", "owner", text, "use a uint64 field, the type of user ids, outside of oneofs");
  }
  const first = fields.find(({ column }) => column?.owner === true);
  if (first !== undefined && first !== field) {
    const text = `${field.name} and ${first.name} both have owner`;
    refuse("PH084", "owner", text, "keep one; a row belongs to one person, so split rows of several persons");
  }
}

function isUserId({ type, label, oneof }: Field): boolean {
  const isSingle = (label === "single" || label === "optional") && oneof === undefined;
  return isSingle && type.kind === "scalar" && (type.scalar === "uint64" || type.scalar === "fixed64");
}
