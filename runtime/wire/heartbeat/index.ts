export { deadAfterIntervals, Liveness, type LivenessListener, type LivenessOptions } from "./liveness.ts";
