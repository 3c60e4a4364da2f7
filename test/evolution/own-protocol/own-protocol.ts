import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { changesBetween } from "../../../codegen/evolution/diff/changes-between.ts";
import { modelOf } from "../../../codegen/evolution/model/model-of.ts";
import type { ProtocolModel } from "../../../codegen/evolution/model/protocol-model.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { kind as linkKind, linkMethod, targetKind } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import {
  classicVersion,
  control,
  defaultFrameFormat,
  type FrameLayout,
  sessionVersion,
} from "../../../runtime/wire/frame/frame-format.ts";
import { writeFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { flag, kind, writeEnvelope, writeRequestEnvelope } from "../../../runtime/wire/session/envelope.ts";

type Numbers = Readonly<Record<string, number | string>>;

/** Form of Photinus' own protocol, as `fixtures/published.json` keeps it. */
export interface OwnProtocol {
  /** Versions that both sides tell each other: a former one stays as long as a change hurts nobody. */
  readonly versions: { readonly classic: number; readonly session: number; readonly link: number };
  /** Numbers and bytes by group and name. Each stays; others may be added. */
  readonly fixed: Readonly<Record<string, Numbers>>;
  /** Messages of control.proto and link.proto, and the error codes. */
  readonly model: ProtocolModel;
}

/** Takes a snapshot of this version's own protocol. */
export async function ownProtocol(): Promise<OwnProtocol> {
  const { schema, diagnostics } = await loadSchema({ root: "/nowhere", internal: true });
  if (schema === undefined) throw new Error(JSON.stringify(diagnostics));
  return {
    versions: { classic: classicVersion, session: sessionVersion, link: linkVersion },
    fixed: {
      frames: Object.fromEntries((["standard", "wide"] as const).map((layout) => [layout, frame(layout)])),
      envelopes: envelopes(),
      "kinds of session messages": kind,
      "flags of session messages": flag,
      "control messages": control,
      "kinds of link messages": linkKind,
      "receivers of link pushes": targetKind,
      "link methods": { ...linkMethod, ...admin },
      "schema options": schemaOptions(),
    },
    // Places change with every line, and comments are no part of the protocol.
    model: JSON.parse(
      JSON.stringify(modelOf(schema), (name, value: unknown) =>
        name === "at" || name === "said" ? undefined : value,
      ),
    ) as ProtocolModel,
  };
}

/** Difference between two forms of the protocol. */
export interface Difference {
  readonly text: string;
  /** Version that must rise with the change; undefined for a change that hurts nobody. */
  readonly version: keyof OwnProtocol["versions"] | undefined;
}

/** Finds what has changed since a former form of the protocol. */
export function differences(former: OwnProtocol, present: OwnProtocol): Difference[] {
  const found: Difference[] = [];
  for (const [group, numbers] of Object.entries(former.fixed)) {
    for (const [name, number] of Object.entries(numbers)) {
      const now = present.fixed[group]?.[name];
      if (now === number) continue;
      const text = `${group}: ${name} was ${number} and is ${now ?? "gone"}`;
      found.push({ text, version: /link/.test(group) ? "link" : "session" });
    }
  }
  for (const { rule, classes, reason, subject } of changesBetween(former.model, present.model)) {
    const isSafe = classes.every((one) => one === "S" || one === "S!");
    const version = subject.startsWith("photinus.link.") ? "link" : "session";
    found.push({ text: `${rule}: ${reason}`, version: isSafe ? undefined : version });
  }
  return found;
}

/** Differences that hurt programs of the former form, and whose version has not risen. */
export function unversioned(former: OwnProtocol, present: OwnProtocol): string[] {
  const fallen = (["classic", "session", "link"] as const).filter(
    (name) => present.versions[name] < former.versions[name],
  );
  return [
    ...fallen.map(
      (name) => `the version ${name} was ${former.versions[name]} and is ${present.versions[name]}`,
    ),
    ...differences(former, present).flatMap(({ text, version }) =>
      version === undefined || present.versions[version] > former.versions[version] ? [] : [text],
    ),
  ];
}

/** Frame of the session protocol around the bytes 1, 2, 3. */
function frame(layout: FrameLayout): string {
  const w = new Writer();
  writeFrame(w, { ...defaultFrameFormat, layout }, sessionVersion, 0x01020304, Uint8Array.of(1, 2, 3), 0, 3);
  return hex(w);
}

/** Envelope of each kind with the sequence number 0x01020304, and that of a request with a deadline. */
function envelopes(): Numbers {
  const texts = Object.entries(kind).map(([name, of]) => {
    const w = new Writer();
    writeEnvelope(w, of, 0x01020304);
    return [name, hex(w)] as const;
  });
  const w = new Writer();
  writeRequestEnvelope(w, 0x01020304, 0x05060708);
  return { ...Object.fromEntries(texts), "request with a deadline": hex(w) };
}

function hex(w: Writer): string {
  return Buffer.from(w.bytes.subarray(0, w.position)).toString("hex");
}

/** Fields and values of options.proto, extensions included: compiled schemas have their numbers. */
function schemaOptions(): Numbers {
  const source = readFileSync(new URL("../../../schema/photinus/options.proto", import.meta.url), "utf8");
  const numbers: Record<string, number | string> = {};
  const walk = (space: protobuf.NamespaceBase): void => {
    for (const one of space.nestedArray) {
      if (one instanceof protobuf.Field) numbers[one.fullName] = formOf(one);
      if (one instanceof protobuf.Enum)
        for (const [name, number] of Object.entries(one.values)) numbers[`${one.fullName}.${name}`] = number;
      if (one instanceof protobuf.Type)
        for (const field of one.fieldsArray) numbers[field.fullName] = formOf(field);
      if (one instanceof protobuf.Namespace) walk(one);
    }
  };
  walk(protobuf.parse(source, { keepCase: true }).root);
  return numbers;
}

function formOf({ id, type, repeated, extend }: protobuf.Field): string {
  return `${extend === undefined ? "" : `extension of ${extend}, `}${repeated ? "repeated " : ""}${type} = ${id}`;
}
