import { ruleText } from "../evolution/check/report-text.ts";
import type { Change } from "../evolution/compare/change.ts";
import { worstOf } from "../evolution/compare/change.ts";
import type { Changelog, ChangelogItem } from "./changelog.ts";
import type { HistoryEntry } from "./history.ts";

/** Most users of a message or an enum that are listed; the others are counted. */
const mostUsers = 3;

/** Sections of an entry that have items, in their order. */
export function sectionsOf(
  entry: Changelog,
): { readonly title: string; readonly items: readonly ChangelogItem[] }[] {
  const { added, changed, removed } = entry;
  const all = [
    { title: "added", items: added },
    { title: "changed", items: changed },
    { title: "removed", items: removed },
  ];
  return all.filter(({ items }) => items.length > 0);
}

/** Formats a history for people, the newest release first. */
export function historyLines(history: readonly HistoryEntry[]): string[] {
  return history.flatMap((entry, at) => {
    const { release, clients } = entry;
    const head =
      release === undefined
        ? "not released"
        : `release ${release.number} of ${release.date}, fingerprint ${release.model.fingerprint}`;
    const lines = sectionsOf(entry).flatMap(({ title, items }) => [
      `  ${title}`,
      ...items.flatMap((item) => [
        `    ${itemText(item)}`,
        ...item.changes.map((one) => `      ${changeText(one)}`),
      ]),
    ]);
    return [...(at === 0 ? [] : [""]), head, ...(clients === "" ? [] : [`  ${clients}`]), ...lines];
  });
}

function itemText(item: ChangelogItem): string {
  const { name, what } = item;
  const notes = [what, usersText(item)].filter((text) => text !== "");
  return notes.length === 0 ? name : `${name} (${notes.join(", ")})`;
}

/** Calls that use a message or an enum: "in meadow.Chat.Say, meadow.Chat.Said and 2 more". Empty for other declarations. */
export function usersText({ usedBy }: Pick<ChangelogItem, "usedBy">): string {
  if (usedBy.length === 0) return "";
  const more = usedBy.length - mostUsers;
  return `in ${usedBy.slice(0, mostUsers).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** One change with its worst class and its rule: "S! auth-lowered (8): the auth ... was USER and is ANYONE". */
function changeText(change: Change): string {
  return `${worstOf(change)} ${ruleText(change)}: ${change.reason}`;
}
