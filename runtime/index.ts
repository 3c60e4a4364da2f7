/** Public API of the server runtime: the exports of `import { ... } from "photinus"`. */

export { type ErrorCode, errorCodes, fail, isPhotinusError, PhotinusError } from "../schema/errors.ts";
export type {
  Awaitable,
  CallContext,
  Caller,
  CommandContext,
  GroupMember,
  GroupMembers,
  GroupTarget,
  JoinOptions,
  KickOptions,
  MembersOptions,
  MethodCallOptions,
  MethodContext,
  NodeChange,
  NodeHandle,
  PushTarget,
  Session,
} from "./api/handler-context.ts";
export type { Protocol, ProtocolRelease } from "./api/protocol.ts";
export type { HeavyHandler, ServiceImplementation } from "./api/service.ts";
export type { TicketBearer, TicketHandler, TicketUser } from "./api/ticket-handler.ts";
export type { AuthOptions } from "./gate/auth/auth-options.ts";
export type { Authenticator, Identity } from "./gate/auth/authenticator.ts";
export type { JwksOptions, JwtAlgorithm, JwtOptions } from "./gate/auth/jwt/jwt-options.ts";
export type { StoredRevocation, TicketStore } from "./gate/auth/ticket-store.ts";
export type { CompressionOptions } from "./gate/compression/compression-options.ts";
export { Gate } from "./gate/gate.ts";
export {
  defaultGateLimits,
  type GateCloseOptions,
  type GateLimits,
  type GateOptions,
} from "./gate/gate-options.ts";
export type { DeprecatedUse, GateStatus, NodeStatusAtGate, PortAddress } from "./gate/gate-status.ts";
export type { ListenOptions, ListenTlsOptions } from "./gate/listen-options.ts";
export type { GateService } from "./gate/nodes/map-form-nodes.ts";
export type { AllowedNode, AllowedPeers, GateLinkTrust } from "./gate/peers/allowed-peers.ts";
export { Counters } from "./log/counters.ts";
export { type Logger, silentLogger } from "./log/logger.ts";
export { defineNode, type NodeModule, type Services } from "./node/define-node.ts";
export { heavy } from "./node/heavy/heavy.ts";
export { GameNode, type NodeStatus } from "./node/node.ts";
export {
  defaultNodeLimits,
  type GameNodeOptions,
  type GateAddress,
  type NodeCloseOptions,
  type NodeLimits,
} from "./node/node-options.ts";
export { InProcess, type InProcessOptions, startInProcess } from "./process/hosting/in-process.ts";
export type { GatePorts } from "./process/topology/resolved-topology.ts";
export {
  type DatabaseTopology,
  type DataTopology,
  defineTopology,
  type EmbeddedTopology,
  type GateTopology,
  type HealthTopology,
  type JournalTopology,
  type LinksTopology,
  type ListenTopology,
  type LogTopology,
  type NodeTopology,
  type OnUnhandledRejection,
  type RedisTopology,
  type StopTopology,
  type Topology,
} from "./process/topology/topology.ts";
export type { KeySource } from "./rpc/trust/key-source.ts";
export { LinkKeys } from "./rpc/trust/link-keys.ts";
export type {
  LinkKeyTopology,
  LinkSecurityTopology,
  LinkTlsTopology,
} from "./rpc/trust/link-security-options.ts";
export type { LinkTrust } from "./rpc/trust/link-trust.ts";
export type { Entity } from "./tables/handle/entity.ts";
export type { Bounds } from "./tables/handle/increment-bounds.ts";
export type { RetryOptions } from "./tables/handle/retry-aborted.ts";
export { type StreamOptions, TableHandle } from "./tables/handle/table-handle.ts";
export type { Countable, NewRow, Patch, Table, TableShape } from "./tables/handle/table-shape.ts";
export type { EmbeddedOptions } from "./tables/sqlite/embedded-options.ts";
export { EmbeddedStore } from "./tables/sqlite/embedded-store.ts";
export type { DatabaseStatus, ReadOptions, StoreStatus, TableStore } from "./tables/table-store.ts";
export { Tables } from "./tables/tables.ts";
export type { CipherListen } from "./transport/cipher/cipher-listen.ts";
export type { AllowedOrigins } from "./transport/connection/origins.ts";
export { type HttpHandler, onlyRead } from "./transport/http.ts";
export type { ProxyOptions } from "./transport/proxy/proxy-options.ts";
export { ClientCredentials } from "./transport/tls/client-credentials.ts";
export { type CredentialPorts, ServerCredentials } from "./transport/tls/server-credentials.ts";
export type {
  CertificateFiles,
  ClientTlsOptions,
  ServerTlsOptions,
  TlsVersion,
} from "./transport/tls/tls-options.ts";
export type { CipherAnswer, CipherServer, RecordCipher } from "./wire/cipher/cipher.ts";
export type { Writer } from "./wire/codec/writer.ts";
export { hashKey } from "./wire/key/hash-key.ts";
