import { createHash } from "node:crypto";
import { errorCodes } from "../../../schema/errors.ts";
import type {
  BodyType,
  Column,
  Command,
  Deprecable,
  Enum,
  Field,
  Location,
  Message,
  Method,
  Push,
  Rate,
  Reserved,
  Route,
  Schema,
  Service,
} from "../../../schema/model.ts";
import { compareText } from "../../load/diagnostic.ts";
import { googleFolder } from "../../load/google.ts";
import {
  type CallModel,
  type ColumnModel,
  type DeclarationModel,
  type EnumModel,
  type FieldModel,
  type MessageModel,
  type ProtocolModel,
  type ReservedModel,
  type RouteModel,
  rawBody,
  type ServiceModel,
  type TableModel,
} from "./protocol-model.ts";

/**
 * Takes a snapshot of a linked schema, with the places of its declarations. Google's files are left out, since they never change.
 *
 * @param errors numbers of the error codes by name. Default: those of this version
 */
export function modelOf(
  schema: Schema,
  errors: Readonly<Record<string, number>> = errorCodes,
): ProtocolModel {
  const files = schema.files.filter(({ path }) => !path.startsWith(googleFolder));
  const messages = new Map(schema.files.flatMap((file) => file.messages.map((one) => [one.fullName, one])));
  const services = files.flatMap((file) => file.services);
  return {
    version: 1,
    fingerprint: schema.fingerprint,
    errors: { ...errors },
    files: files.map(({ path, package: name }) => ({ path, package: name })).sort(byPath),
    services: services.map(serviceModel).sort(byName),
    calls: services.flatMap((service) => callsOf(service, messages)).sort(byName),
    messages: files.flatMap((file) => file.messages.map(messageModel)).sort(byName),
    enums: files.flatMap((file) => file.enums.map(enumModel)).sort(byName),
  };
}

/** Copy of a snapshot without places, as a release keeps it: a declaration that only moved in its file changes nothing. */
export function withoutPlaces(model: ProtocolModel): ProtocolModel {
  const bare = <T extends DeclarationModel>(one: T): T => ({ ...one, at: undefined });
  const copy: ProtocolModel = {
    ...model,
    services: model.services.map(bare),
    calls: model.calls.map(bare),
    messages: model.messages.map((one) => ({ ...bare(one), fields: one.fields.map(bare) })),
    enums: model.enums.map((one) => ({ ...bare(one), values: one.values.map(bare) })),
  };
  // The way through JSON drops the undefined places.
  return JSON.parse(JSON.stringify(copy)) as ProtocolModel;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareText(a.name, b.name);
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compareText(a.path, b.path);
}

interface Declared extends Deprecable {
  readonly comment: string;
  readonly location?: Location;
}

/**
 * @param parent declaration around this one: a member on the line of its parent has the parent's comment, which counts once
 */
function declaration(
  name: string,
  { comment: text, location, deprecated }: Declared,
  parent?: Declared,
): DeclarationModel {
  const comment = location !== undefined && location.line === parent?.location?.line ? "" : text;
  // Line breaks and indentation say nothing: a comment that was wrapped anew is the same one.
  const words = [comment, deprecated?.note ?? ""].join(" ").split(/\s+/).join(" ").trim();
  return {
    name,
    ...(deprecated ? { deprecated: true } : {}),
    ...(words === "" ? {} : { said: createHash("sha256").update(words).digest("hex").slice(0, 8) }),
    ...(location === undefined ? {} : { at: `${location.file}:${location.line}` }),
  };
}

function serviceModel(service: Service): ServiceModel {
  const { role, audience, reservedIds = [] } = service;
  return {
    ...declaration(service.fullName, service),
    role,
    audience,
    ...(reservedIds.length === 0 ? {} : { reservedIds: [...new Set(reservedIds)].sort((a, b) => a - b) }),
  };
}

type Messages = ReadonlyMap<string, Message>;

function callsOf(service: Service, messages: Messages): CallModel[] {
  const { fullName: owner, commands, pushes, methods } = service;
  return [
    ...commands.map((one) => commandModel(owner, one, messages)),
    ...pushes.map((one) => pushModel(owner, one, messages)),
    ...methods.map((one) => answered(owner, one, "method", "one-way", messages)),
  ];
}

function commandModel(service: string, command: Command, messages: Messages): CallModel {
  const { auth, rate, maxBytes, lane, compress } = command;
  return {
    ...answered(service, command, "request", "notify", messages),
    auth,
    ...(rate === undefined ? {} : { rate: rateModel(rate) }),
    ...(maxBytes === 0 ? {} : { maxBytes }),
    ...(lane === "" ? {} : { lane }),
    ...(compress === "NEVER" ? { compress } : {}),
  };
}

function rateModel({ count, perMs }: Rate): readonly [number, number] {
  return [count, perMs];
}

function answered(
  service: string,
  call: Command | Method,
  withReply: CallModel["kind"],
  withoutReply: CallModel["kind"],
  messages: Messages,
): CallModel {
  const { id, request, reply, timeoutMs, route, idempotent, heavy, minRelease } = call;
  return {
    ...declaration(call.fullName, call),
    service,
    kind: reply === undefined ? withoutReply : withReply,
    id,
    body: bodyName(request),
    ...(reply === undefined ? {} : { reply: bodyName(reply), timeoutMs }),
    route: routeModel(route, request, messages),
    ...(idempotent ? { idempotent } : {}),
    ...(heavy ? { heavy } : {}),
    ...(minRelease === undefined ? {} : { minRelease }),
  };
}

function pushModel(service: string, push: Push, messages: Messages): CallModel {
  const { id, body, delivery, key, compress, tickMs } = push;
  return {
    ...declaration(push.fullName, push),
    service,
    kind: "push",
    id,
    body: bodyName(body),
    delivery,
    ...(key === undefined ? {} : { key: numbersOf(key, body, messages) }),
    ...(tickMs === 0 ? {} : { tickMs }),
    ...(compress === "NEVER" ? { compress } : {}),
  };
}

function bodyName(body: BodyType): string {
  return body.kind === "raw" ? rawBody : body.name;
}

function routeModel(route: Route, request: BodyType, messages: Messages): RouteModel {
  switch (route.kind) {
    case "hash":
      return { hash: numbersOf(route.path, request, messages) };
    case "node":
      return { node: route.node };
    default:
      return route.kind;
  }
}

/** Turns a path of field names into field numbers, which a renamed field keeps. */
function numbersOf(path: readonly string[], body: BodyType, messages: Messages): number[] {
  let message = body.kind === "message" ? messages.get(body.name) : undefined;
  return path.map((name) => {
    const field = message?.fields.find((one) => one.name === name);
    message = field?.type.kind === "message" ? messages.get(field.type.name) : undefined;
    return field?.number ?? 0;
  });
}

function messageModel(message: Message): MessageModel {
  const { fields, reserved, table } = message;
  return {
    ...declaration(message.fullName, message),
    fields: fields.map((field) => fieldModel(field, message)).sort((a, b) => a.number - b.number),
    ...reservedModel(reserved),
    ...(table === undefined ? {} : { table: tableModel(table, fields) }),
  };
}

function fieldModel(field: Field, parent: Message): FieldModel {
  const { name, number, type, label, mapKey, oneof, jsonName, jsNumber, dataClass, column } = field;
  return {
    ...declaration(name, field, parent),
    number,
    type: type.kind === "scalar" ? type.scalar : type.name,
    ...(label === "single" ? {} : { label }),
    ...(mapKey === undefined ? {} : { mapKey }),
    ...(isUnpacked(field) ? { unpacked: true } : {}),
    ...(oneof === undefined ? {} : { oneof }),
    ...(jsonName === undefined ? {} : { json: jsonName }),
    ...(jsNumber ? { jsNumber } : {}),
    ...(dataClass === "PLAIN" ? {} : { data: dataClass }),
    ...(column === undefined ? {} : { column: columnModel(column, name) }),
  };
}

function isUnpacked({ label, type, packed }: Field): boolean {
  const isText = type.kind === "scalar" && (type.scalar === "string" || type.scalar === "bytes");
  return label === "repeated" && type.kind !== "message" && !isText && !packed;
}

function columnModel(column: Column, fieldName: string): ColumnModel {
  const { name, primaryKey, autoIncrement, foreignKey, unique, index, maxLength, owner, forget } = column;
  return {
    ...(name === fieldName ? {} : { name }),
    ...(primaryKey ? { primaryKey } : {}),
    ...(autoIncrement ? { autoIncrement } : {}),
    ...(foreignKey === undefined ? {} : { foreignKey: `${foreignKey.table}.${foreignKey.column}` }),
    ...(unique ? { unique } : {}),
    ...(index ? { index } : {}),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(owner ? { owner: forget ?? "DELETE" } : {}),
  };
}

function tableModel(table: NonNullable<Message["table"]>, fields: readonly Field[]): TableModel {
  const { name, database, durability, ttlMs, indexes } = table;
  const numbers = new Map(fields.map((field) => [field.name, field.number]));
  const sorted = indexes
    .map(({ columns, unique }) => ({
      columns: columns.map((column) => numbers.get(column) ?? 0),
      ...(unique ? { unique } : {}),
    }))
    .sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  return {
    name,
    ...(database === "main" ? {} : { database }),
    ...(durability === "WRITE_BEHIND" ? {} : { durability }),
    ttlMs,
    ...(sorted.length === 0 ? {} : { indexes: sorted }),
  };
}

function enumModel(declared: Enum): EnumModel {
  return {
    ...declaration(declared.fullName, declared),
    values: declared.values
      .map((value) => ({ ...declaration(value.name, value, declared), number: value.number }))
      .sort((a, b) => a.number - b.number || compareText(a.name, b.name)),
    ...reservedModel(declared.reserved),
  };
}

function reservedModel(reserved: Reserved | undefined): { readonly reserved?: ReservedModel } {
  if (reserved === undefined) return {};
  const ranges = reserved.ranges
    .map(({ from, to }) => [from, to] as [number, number])
    .sort((a, b) => a[0] - b[0]);
  const numbers: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = numbers.at(-1);
    // Adjacent ranges are one: "1, 2" and "1 to 2" reserve the same numbers.
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else numbers.push([from, to]);
  }
  return { reserved: { numbers, names: [...reserved.names].sort(compareText) } };
}
