import type { ProtocolModel } from "../model/protocol-model.ts";

/** A file whose package changed. */
export interface MovedFile {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Renames packages of the former snapshot that have another name now, so that the change is found once and not for every
 * declaration. A package counts as renamed when no file has it any more, and a file of it has another one.
 */
export function withNewPackages(
  before: ProtocolModel,
  after: ProtocolModel,
): { readonly model: ProtocolModel; readonly moved: readonly MovedFile[] } {
  const now = new Map(after.files.map((file) => [file.path, file.package]));
  const present = new Set(now.values());
  const moved = before.files.flatMap(({ path, package: from }) => {
    const to = now.get(path);
    return to === undefined || to === from ? [] : [{ path, from, to }];
  });
  const renamed = new Map(moved.filter(({ from }) => !present.has(from)).map(({ from, to }) => [from, to]));
  return { model: renamed.size === 0 ? before : withPackages(before, renamed), moved };
}

function withPackages(model: ProtocolModel, renamed: ReadonlyMap<string, string>): ProtocolModel {
  const names = new Map<string, string>();
  // The longest package of a name owns it: a package inside a renamed one has not moved with it.
  const packages = [...new Set(model.files.map((file) => file.package))].sort((a, b) => b.length - a.length);
  const declared = [...model.services, ...model.calls, ...model.messages, ...model.enums];
  for (const { name } of declared) {
    const from = packages.find((one) => one === "" || name.startsWith(`${one}.`));
    const to = from === undefined ? undefined : renamed.get(from);
    if (from === undefined || to === undefined) continue;
    const own = from === "" ? name : name.slice(from.length + 1);
    names.set(name, to === "" ? own : `${to}.${own}`);
  }
  const renameOf = (name: string): string => names.get(name) ?? name;
  return {
    ...model,
    services: model.services.map((one) => ({ ...one, name: renameOf(one.name) })),
    calls: model.calls.map((one) => ({
      ...one,
      name: renameOf(one.name),
      service: renameOf(one.service),
      body: renameOf(one.body),
      ...(one.reply === undefined ? {} : { reply: renameOf(one.reply) }),
    })),
    messages: model.messages.map((one) => ({
      ...one,
      name: renameOf(one.name),
      fields: one.fields.map((field) => ({ ...field, type: renameOf(field.type) })),
    })),
    enums: model.enums.map((one) => ({ ...one, name: renameOf(one.name) })),
  };
}
