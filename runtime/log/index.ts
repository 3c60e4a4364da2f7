export { type CountedLevel, CountedLog } from "./counted-log.ts";
export { Counters } from "./counters.ts";
export { defaultLogGateKeys, defaultLogQuietMs, LogGate, type LogGateRest } from "./log-gate.ts";
export { type Logger, silentLogger } from "./logger.ts";
