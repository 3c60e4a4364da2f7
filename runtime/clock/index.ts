export { type Clock, SystemClock, type SystemClockOptions, systemClock, type Timer } from "./clock.ts";
export {
  type Deadline,
  type DeadlineHandle,
  Deadlines,
  type DeadlinesOptions,
  defaultTickMs,
} from "./deadlines.ts";
export { FakeClock } from "./fake-clock.ts";
