import { openStore, type StoreSpec } from "../place.ts";
import { doJob, type Job } from "./jobs.ts";

/** The program of a worker: `main SPEC JOB`, both JSON. */
const [spec = "", job = ""] = process.argv.slice(2);
const store = await openStore(JSON.parse(spec) as StoreSpec);
await doJob(store, JSON.parse(job) as Job);
await store.close();
