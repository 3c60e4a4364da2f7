import { describe } from "vitest";
import { embeddedPlace } from "./place.ts";
import { tableConformance } from "./suite/index.ts";

describe("embedded store", () => tableConformance(embeddedPlace));

describe("embedded store with callers' stacks", () =>
  tableConformance(async () => ({ ...(await embeddedPlace()), callStacks: true })));
