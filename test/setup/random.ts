import fc from "fast-check";

/*
 * Random tests try the same values on every run, so that a change is judged by what it changed. `TEST_SEED=any` tries
 * others, `TEST_SEED=<number>` those that a failure has named.
 */
const seed = process.env["TEST_SEED"] ?? "1";
if (seed !== "any") fc.configureGlobal({ seed: Number(seed) });

export default fc;
