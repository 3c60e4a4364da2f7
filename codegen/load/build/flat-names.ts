import type { Enum, Message } from "../../../schema/model.ts";
import { flatNameOf } from "../../flat-name.ts";

/** The messages and enums of one file. */
interface Declared {
  readonly package: string;
  readonly messages: Message[];
  readonly enums: Enum[];
}

/**
 * Tells nested declarations from others that would be called like them without nesting: `Parent.Child` beside
 * `Parent_Child`. The less nested one keeps the name, so that a program which has it is not changed by the other.
 */
export function makeFlatNamesUnique(files: readonly Declared[]): void {
  const packages = Map.groupBy(files, (file) => file.package);
  for (const group of packages.values()) {
    const taken = new Set<string>();
    const declared = group.flatMap(({ messages, enums }) => [...messages, ...enums]);
    const renamed = new Map<string, string>();
    for (const each of declared.sort((a, b) => a.parents.length - b.parents.length)) {
      const name = flatNameOf(each);
      let free = name;
      for (let count = 1; taken.has(free); count++) free = `${name}$${count}`;
      taken.add(free);
      if (free !== name && each.parents.length > 0) renamed.set(each.fullName, free);
    }
    if (renamed.size === 0) continue;
    for (const { messages, enums } of group) {
      rename(messages, renamed);
      rename(enums, renamed);
    }
  }
}

function rename<D extends Message | Enum>(list: D[], names: ReadonlyMap<string, string>): void {
  list.forEach((declared, at) => {
    const name = names.get(declared.fullName);
    if (name !== undefined) list[at] = { ...declared, flatName: name };
  });
}
