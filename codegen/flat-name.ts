import type { Enum, Message } from "../schema/model.ts";

/**
 * The name of a message or an enum in a language without nested declarations: parents and name joined with `_`, as in
 * `Scene_Entity`; where the loader found that another declaration has that name, the one which it chose.
 */
export function flatNameOf({
  name,
  parents,
  flatName,
}: Pick<Message | Enum, "name" | "parents" | "flatName">): string {
  return flatName ?? [...parents, name].join("_");
}
