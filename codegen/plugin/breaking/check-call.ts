import protobuf from "protobufjs";
import { descriptorProtocol, type FileProto } from "../request.ts";

/**
 * Parts of the messages between buf and its check plugins: of pluginrpc/v1/pluginrpc.proto and of buf/plugin/check/v1. The value of
 * a call is a google.protobuf.Any around the request or the response of the procedure.
 */
const protocol = `${descriptorProtocol}
message Spec { repeated Procedure procedures = 1; }
message Procedure { optional string path = 1; repeated string args = 2; }
message Any { optional string type_url = 1; optional bytes value = 2; }
message CallRequest { optional Any value = 1; }
message CallResponse { optional Any value = 1; optional CallError error = 2; }
message CallError { optional int32 code = 1; optional string message = 2; }
message CheckRequest {
  repeated FileDescriptor file_descriptors = 1;
  repeated FileDescriptor against_file_descriptors = 2;
  repeated string rule_ids = 4;
}
message FileDescriptor { optional File file_descriptor_proto = 1; optional bool is_import = 2; }
message CheckResponse { repeated Annotation annotations = 1; }
message Annotation {
  optional string rule_id = 1;
  optional string message = 2;
  optional FileLocation file_location = 3;
}
message FileLocation { optional string file_name = 1; repeated int32 source_path = 2 [packed = true]; }
message ListRulesResponse { repeated Rule rules = 2; }
message Rule {
  optional string id = 1;
  repeated string category_ids = 2;
  optional bool default = 3;
  optional string purpose = 4;
  optional int32 type = 5;
}
message ListCategoriesResponse { repeated Category categories = 2; }
message Category { optional string id = 1; optional string purpose = 2; }
`;

/** Name of a message of the protocol. */
type MessageName = "Spec" | "CheckResponse" | "ListRulesResponse" | "ListCategoriesResponse";

/** Format of messages on standard input and output. */
export type Format = "binary" | "json";

/** Request to compare files with their former state. */
export interface CheckRequest {
  readonly fileDescriptors?: readonly CheckedFile[];
  readonly againstFileDescriptors?: readonly CheckedFile[];
  /** Ids of the rules to check; empty or absent for all. */
  readonly ruleIds?: readonly string[];
}

/** A file with its descriptor. */
export interface CheckedFile {
  readonly fileDescriptorProto: FileProto;
  /** True for a file that is only imported by checked files. */
  readonly isImport?: boolean;
}

/** A broken rule for buf to report. */
export interface Annotation {
  readonly ruleId: string;
  readonly message: string;
  /** Path from the file's descriptor to the declaration; absent for a change without a place. */
  readonly fileLocation?: { readonly fileName: string; readonly sourcePath: readonly number[] };
}

/** A rule as buf lists it. */
export interface ListedRule {
  /** Capital letters, digits and underscores. */
  readonly id: string;
  readonly categoryIds: readonly string[];
  /** Whether the rule runs when the user names none. */
  readonly default: boolean;
  /** A sentence that begins with a capital letter and ends with a full stop. */
  readonly purpose: string;
  /** 2 for a rule of breaking changes. */
  readonly type: 2;
}

const { root } = protobuf.parse(protocol);

function typeOf(name: string): protobuf.Type {
  return root.lookupType(name);
}

/**
 * Decodes the request of a call of the procedure Check. No bytes are an empty request.
 *
 * @throws Error for malformed bytes, and for JSON, which buf does not send
 */
export function decodeCheck(bytes: Uint8Array, format: Format): CheckRequest {
  if (format === "json") throw new Error("requests in JSON are not supported; expected --format binary");
  const call = typeOf("CallRequest").decode(bytes) as { readonly value?: { readonly value?: Uint8Array } };
  const type = typeOf("CheckRequest");
  return type.toObject(type.decode(call.value?.value ?? new Uint8Array()), { longs: Number }) as CheckRequest;
}

/** Encodes the list of procedures. */
export function encodeSpec(paths: readonly string[], format: Format): Uint8Array {
  const spec = { procedures: paths.map((path) => ({ path })) };
  return format === "json" ? Buffer.from(`${JSON.stringify(spec)}\n`) : encoded("Spec", spec);
}

/** Encodes the response of a call. */
export function encodeAnswer(name: Exclude<MessageName, "Spec">, value: object, format: Format): Uint8Array {
  const typeUrl = `type.googleapis.com/buf.plugin.check.v1.${name}`;
  if (format === "json") return Buffer.from(`${JSON.stringify({ value: { "@type": typeUrl, ...value } })}\n`);
  const type = typeOf("CallResponse");
  return type.encode(type.fromObject({ value: { typeUrl, value: encoded(name, value) } })).finish();
}

/** Code of an error that the user can correct (FAILED_PRECONDITION). */
const failedPrecondition = 9;

/** Encodes an error as the response of a call. */
export function encodeFailure(message: string, format: Format): Uint8Array {
  if (format === "json")
    return Buffer.from(`${JSON.stringify({ error: { code: "CODE_FAILED_PRECONDITION", message } })}\n`);
  const type = typeOf("CallResponse");
  return type.encode(type.fromObject({ error: { code: failedPrecondition, message } })).finish();
}

function encoded(name: MessageName, value: object): Uint8Array {
  const type = typeOf(name);
  return type.encode(type.fromObject(value)).finish();
}
