export { Counters } from "./counters.ts";
export { defaultLogGateKeys, LogGate } from "./log-gate.ts";
export { type Logger, silentLogger } from "./logger.ts";
