import type { Enum, Message } from "../schema/model.ts";

/**
 * Name of a message or an enum in a language without nested declarations: parents and name joined by `_`, as in `Scene_Entity`.
 * The check of a target reports two declarations of one module with the same flat name.
 */
export function flatNameOf({ name, parents }: Pick<Message | Enum, "name" | "parents">): string {
  return [...parents, name].join("_");
}
