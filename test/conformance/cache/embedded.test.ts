import { describe } from "vitest";
import { embeddedPlace } from "./place.ts";
import { tableConformance } from "./suite/index.ts";

describe("embedded store", () => tableConformance(embeddedPlace));
