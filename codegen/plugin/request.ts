import protobuf from "protobufjs";
import type { GeneratedFile } from "../target.ts";

/**
 * Parts of google/protobuf/compiler/plugin.proto and descriptor.proto that the plugin uses. Options stay bytes: their
 * extensions are declared in the schema, which protobufjs does not know.
 */
export const descriptorProtocol = `
syntax = "proto2";
message Request {
  repeated string file_to_generate = 1;
  optional string parameter = 2;
  repeated File proto_file = 15;
}
message File {
  optional string name = 1;
  optional string package = 2;
  repeated string dependency = 3;
  repeated Message message_type = 4;
  repeated Enum enum_type = 5;
  repeated Service service = 6;
  optional bytes options = 8;
  optional SourceInfo source_code_info = 9;
  repeated int32 public_dependency = 10;
  optional string syntax = 12;
}
message Message {
  optional string name = 1;
  repeated Field field = 2;
  repeated Message nested_type = 3;
  repeated Enum enum_type = 4;
  optional bytes options = 7;
  repeated Oneof oneof_decl = 8;
  repeated Range reserved_range = 9;
  repeated string reserved_name = 10;
}
message Field {
  optional string name = 1;
  optional int32 number = 3;
  optional int32 label = 4;
  optional int32 type = 5;
  optional string type_name = 6;
  optional bytes options = 8;
  optional int32 oneof_index = 9;
  optional string json_name = 10;
  optional bool proto3_optional = 17;
}
message Oneof {
  optional string name = 1;
  optional bytes options = 2;
}
message Range {
  optional int32 start = 1;
  optional int32 end = 2;
}
message Enum {
  optional string name = 1;
  repeated Value value = 2;
  optional bytes options = 3;
  repeated Range reserved_range = 4;
  repeated string reserved_name = 5;
}
message Value {
  optional string name = 1;
  optional int32 number = 2;
  optional bytes options = 3;
}
message Service {
  optional string name = 1;
  repeated Method method = 2;
  optional bytes options = 3;
}
message Method {
  optional string name = 1;
  optional string input_type = 2;
  optional string output_type = 3;
  optional bytes options = 4;
  optional bool client_streaming = 5;
  optional bool server_streaming = 6;
}
message SourceInfo {
  repeated Location location = 1;
}
message Location {
  repeated int32 path = 1 [packed = true];
  repeated int32 span = 2 [packed = true];
  optional string leading_comments = 3;
  optional string trailing_comments = 4;
  repeated string leading_detached_comments = 6;
}
message Response {
  optional string error = 1;
  optional uint64 supported_features = 2;
  repeated Generated file = 15;
}
message Generated {
  optional string name = 1;
  optional string content = 15;
}
`;

/** Request of protoc or buf to a plugin (CodeGeneratorRequest). An empty list may be absent. */
export interface Request {
  /** Paths of the files that the user named. */
  readonly fileToGenerate?: readonly string[];
  /** Text of `--photinus_opt` or `opt:`. */
  readonly parameter?: string;
  /** Descriptors of these files and of all files that they import. */
  readonly protoFile?: readonly FileProto[];
}

/** Descriptor of a file (FileDescriptorProto). */
export interface FileProto {
  readonly name: string;
  readonly package?: string;
  readonly dependency?: readonly string[];
  readonly publicDependency?: readonly number[];
  readonly messageType?: readonly MessageProto[];
  readonly enumType?: readonly EnumProto[];
  readonly service?: readonly ServiceProto[];
  readonly sourceCodeInfo?: { readonly location?: readonly LocationProto[] };
  /** Absent for proto2. */
  readonly syntax?: string;
}

/** Name and options of a declaration. */
interface Declared {
  readonly name: string;
  /** Encoded option message. */
  readonly options?: Uint8Array;
}

/** Reserved numbers and names. The end of a range is exclusive in a message, inclusive in an enum. */
interface WithReserved {
  readonly reservedRange?: readonly { readonly start: number; readonly end: number }[];
  readonly reservedName?: readonly string[];
}

/** Descriptor of a message (DescriptorProto). */
export interface MessageProto extends Declared, WithReserved {
  readonly field?: readonly FieldProto[];
  readonly nestedType?: readonly MessageProto[];
  readonly enumType?: readonly EnumProto[];
  readonly oneofDecl?: readonly Declared[];
}

/** Descriptor of a field (FieldDescriptorProto); `typeName` begins with a dot. */
export interface FieldProto extends Declared {
  readonly number: number;
  readonly label: number;
  readonly type: number;
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly jsonName?: string;
  readonly proto3Optional?: boolean;
}

/** Descriptor of an enum (EnumDescriptorProto). */
export interface EnumProto extends Declared, WithReserved {
  readonly value?: readonly (Declared & { readonly number: number })[];
}

/** Descriptor of a service (ServiceDescriptorProto). */
export interface ServiceProto extends Declared {
  readonly method?: readonly (Declared & {
    readonly inputType: string;
    readonly outputType: string;
    readonly clientStreaming?: boolean;
    readonly serverStreaming?: boolean;
  })[];
}

/** Source location of a declaration, with its comments (SourceCodeInfo.Location). */
export interface LocationProto {
  /** Path from the file's descriptor to the declaration: field numbers and indices. */
  readonly path?: readonly number[];
  /** Line and column of the start, then of the end, all from 0. */
  readonly span?: readonly number[];
  readonly leadingComments?: string;
  readonly trailingComments?: string;
  readonly leadingDetachedComments?: readonly string[];
}

/** Response of the plugin (CodeGeneratorResponse). */
export interface Response {
  /** Errors of the schema or the parameters, one a line; files are absent then. */
  readonly error?: string;
  readonly files?: readonly GeneratedFile[];
}

/** `FEATURE_PROTO3_OPTIONAL`: without it protoc rejects schemas with `optional` fields. */
const supportedFeatures = 1;

/**
 * Decodes a CodeGeneratorRequest.
 *
 * @throws Error for malformed bytes
 */
export function decodeRequest(bytes: Uint8Array): Request {
  const type = typeOf("Request");
  return type.toObject(type.decode(bytes), { longs: Number }) as Request;
}

/** Encodes a CodeGeneratorResponse, with either the error or the files. */
export function encodeResponse({ error, files = [] }: Response): Uint8Array {
  const type = typeOf("Response");
  const file = files.map(({ path, text }) => ({ name: path, content: text }));
  return type
    .encode(type.fromObject({ supportedFeatures, ...(error === undefined ? { file } : { error }) }))
    .finish();
}

function typeOf(name: string): protobuf.Type {
  return protobuf.parse(descriptorProtocol).root.lookupType(name);
}
