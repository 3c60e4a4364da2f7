import { fileURLToPath } from "node:url";
import { fail } from "../../../schema/errors.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";

/**
 * Imports the default export of a user's module. Throws FAILED_PRECONDITION with the place of a failed import, or when there
 * is no default export.
 *
 * @param what the expected export, for the error
 */
export async function importDefault(module: URL, what: string): Promise<unknown> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(module.href)) as { readonly default?: unknown };
  } catch (error) {
    throw fail("FAILED_PRECONDITION", `${fileURLToPath(module)} cannot be loaded: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  if (loaded.default === undefined) {
    throw fail("FAILED_PRECONDITION", `${fileURLToPath(module)} has no default export; export ${what}`);
  }
  return loaded.default;
}
