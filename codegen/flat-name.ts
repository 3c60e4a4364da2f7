import type { Enum, Message } from "../schema/model.ts";

/**
 * The name of a message or an enum in a language without nested declarations: parents and name joined with `_`, as in
 * `Scene_Entity`. A target refuses two declarations of one module that have the name.
 */
export function flatNameOf({ name, parents }: Pick<Message | Enum, "name" | "parents">): string {
  return [...parents, name].join("_");
}
