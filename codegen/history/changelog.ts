import type { Change } from "../evolution/compare/change.ts";
import type { ProtocolModel } from "../evolution/model/protocol-model.ts";
import type { RuleName } from "../evolution/rules/rules.ts";

/** Changes between two states of a protocol, by command. */
export interface Changelog {
  readonly added: readonly ChangelogItem[];
  readonly changed: readonly ChangelogItem[];
  readonly removed: readonly ChangelogItem[];
}

/** A command, or another declaration that several commands or none use, with its changes. */
export interface ChangelogItem {
  /** Full name: "meadow.Meadow.Enter". */
  readonly name: string;
  /** Kind with the id or the table's name: "request 201", "message", "table player". */
  readonly what: string;
  /** Full names of the calls that use a message or an enum, sorted. Empty for calls. */
  readonly usedBy: readonly string[];
  /** Changes with their rules. Empty for an added declaration. */
  readonly changes: readonly Change[];
}

const addingRules: ReadonlySet<RuleName> = new Set<RuleName>([
  "call-added",
  "push-added",
  "type-added",
  "table-added",
]);
const removingRules: ReadonlySet<RuleName> = new Set<RuleName>([
  "command-deleted",
  "method-deleted",
  "type-deleted",
  "table-dropped",
]);

/**
 * Sorts changes by command. A change of a message or enum that one call alone uses belongs to this call. Messages and enums that
 * come or go with their calls are left out.
 */
export function changelogOf(
  changes: readonly Change[],
  before: ProtocolModel,
  after: ProtocolModel,
): Changelog {
  const [was, is] = [new Declarations(before), new Declarations(after)];
  const isDeclaration = (change: Change, from: Declarations) => from.owner(change.subject) === change.subject;
  const isAdded = (change: Change) => addingRules.has(change.rule) && isDeclaration(change, is);
  const isRemoved = (change: Change) => removingRules.has(change.rule) && isDeclaration(change, was);
  const added = new Set(changes.filter(isAdded).map(({ subject }) => subject));
  const removed = new Set(changes.filter(isRemoved).map(({ subject }) => subject));
  const isAlone = ({ subject }: Change, from: Declarations, calls: ReadonlySet<string>) => {
    const users = from.usersOf(subject);
    return users.length === 0 || !users.every((name) => calls.has(name));
  };
  const items = (list: readonly Change[], from: Declarations) =>
    list.map((change) => from.item(change.subject, removed.has(change.subject) ? [change] : []));
  const rest = changes.filter((change) => !isAdded(change) && !isRemoved(change));
  return {
    added: sorted(
      items(
        changes.filter((one) => isAdded(one) && isAlone(one, is, added)),
        is,
      ),
    ),
    changed: sorted(changedItems(rest, was, is)),
    removed: sorted(
      items(
        changes.filter((one) => isRemoved(one) && isAlone(one, was, removed)),
        was,
      ),
    ),
  };
}

function changedItems(changes: readonly Change[], was: Declarations, is: Declarations): ChangelogItem[] {
  const groups = Map.groupBy(changes, ({ subject }) => {
    const from = is.owner(subject) === undefined ? was : is;
    const owner = from.owner(subject) ?? subject;
    const users = from.usersOf(owner);
    return users.length === 1 && !from.hasTable(owner) ? users[0]! : owner;
  });
  return [...groups].map(([name, own]) => (is.has(name) ? is : was).item(name, own));
}

/** Sorts by kind, calls first, then by name. */
function sorted(items: readonly ChangelogItem[]): ChangelogItem[] {
  const rank = ({ what }: ChangelogItem): number =>
    /^(request|notify|push|method|one-way) /.test(what) ? 0 : 1;
  return [...items].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** Declarations of a model by full name, with the calls that use each message and enum. */
class Declarations {
  readonly #what = new Map<string, string>();
  readonly #tables = new Set<string>();
  readonly #users = new Map<string, Set<string>>();

  constructor({ services, calls, messages, enums }: ProtocolModel) {
    for (const { name } of services) this.#what.set(name, "service");
    for (const { name } of enums) this.#what.set(name, "enum");
    for (const { name, table } of messages) {
      this.#what.set(name, table === undefined ? "message" : `table ${table.name}`);
      if (table !== undefined) this.#tables.add(name);
    }
    for (const { name, kind, id } of calls) this.#what.set(name, `${kind} ${id}`);
    const fields = new Map(messages.map((one) => [one.name, one.fields]));
    for (const { name, body, reply } of calls) {
      const reach = (type: string): void => {
        if (!this.#what.has(type)) return;
        const users = this.#users.get(type) ?? new Set();
        if (users.has(name)) return;
        this.#users.set(type, users.add(name));
        for (const field of fields.get(type) ?? []) reach(field.type);
      };
      reach(body);
      if (reply !== undefined) reach(reply);
    }
  }

  has(name: string): boolean {
    return this.#what.has(name);
  }

  hasTable(name: string): boolean {
    return this.#tables.has(name);
  }

  /** Full name of the declaration that a subject is or is inside of; undefined for one that the model lacks. */
  owner(subject: string): string | undefined {
    for (let name = subject; name !== ""; name = name.slice(0, Math.max(name.lastIndexOf("."), 0))) {
      if (this.#what.has(name)) return name;
    }
    return undefined;
  }

  /** Calls that use a message or an enum at any depth, sorted. */
  usersOf(name: string): string[] {
    return [...(this.#users.get(name) ?? [])].sort();
  }

  item(name: string, changes: readonly Change[]): ChangelogItem {
    return { name, what: this.#what.get(name) ?? "", usedBy: this.usersOf(name), changes };
  }
}
