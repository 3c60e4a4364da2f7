import type { Protocol } from "../../api/protocol.ts";
import {
  nested,
  object,
  optional,
  type Resolved,
  type RulesOf,
  required,
  withDefault,
} from "../../options/option-rules.ts";
import { flag, leaf, whole } from "../../options/rule-kinds.ts";
import type { Hello } from "../../wire/generated/photinus/control.ts";
import type { SessionsOfClients } from "../gate-status.ts";
import type { ClientVersion } from "../route/deprecated-uses.ts";
import {
  judgeRelease,
  knowsSchema,
  leastServed,
  type ReleaseRefusal,
  type ServedReleases,
  serverRelease,
} from "./served-releases.ts";
import { SessionVersions } from "./session-versions.ts";

/** Releases of clients that may enter, besides those that the schema excludes. The same at all gates of a cluster. */
export interface ClientReleaseOptions {
  /** Least release of a client that may enter. 0: every release that understands the schema. Default 0. */
  readonly minRelease?: number;
  /** Address at which players get another client: "https://play.example/update". Refused clients get it. Default: none. */
  readonly upgradeUrl?: string | undefined;
  /**
   * Whether clients of later releases than the server's may enter. Commands that the server does not know fail with UNIMPLEMENTED.
   * Default false.
   */
  readonly allowNewer?: boolean;
}

/** Most characters of `upgradeUrl` in its encoded form: a refused client gets the address in one small message. */
const mostUrlChars = 1_024;

/** Most characters of a change that a refused client gets, twice in one message; see `leastServerFrameBytes`. */
const mostChangeChars = 320;

/** Rule of the number of a release; 0 stands for no release. */
export const releaseRule = whole(0, 0xffff_ffff);

/** Rule of a change of `minRelease`. */
export const minReleaseRule = object({ minRelease: required(releaseRule) });

const rules = {
  minRelease: withDefault(releaseRule, 0),
  upgradeUrl: optional(
    leaf<string>("string", 'an address such as "https://play.example/update"', (value) => {
      return typeof value === "string" && (URL.parse(value)?.href.length ?? Infinity) <= mostUrlChars;
    }),
  ),
  allowNewer: withDefault(flag, false),
} satisfies RulesOf<ClientReleaseOptions>;

/** Rule of `clients`, shared with the topology. */
export const clientReleasesOption = nested(object(rules));

/** {@link ClientReleaseOptions} with all defaults filled in. */
export type ResolvedClientReleases = Resolved<typeof rules>;

/** Decides by the release of a client whether a gate serves it. */
export class ClientReleases {
  /** Number of the gate's release, see {@link serverRelease}. */
  readonly release: number;
  /** Address at which players get another client; "" for none. */
  readonly upgradeUrl: string;
  /** Sessions by the version of their clients. */
  readonly sessions: SessionVersions = new SessionVersions();
  #served: ServedReleases;
  #least: number;

  constructor(protocol: Protocol, { minRelease, allowNewer, upgradeUrl }: ResolvedClientReleases) {
    const { fingerprint, release = 0 } = protocol;
    const releases = (protocol.releases ?? []).map(withShortChange);
    this.release = serverRelease(protocol);
    this.upgradeUrl = upgradeUrl ?? "";
    this.#served = { fingerprint, release, releases, minRelease, allowNewer };
    this.#least = leastServed(this.#served);
  }

  /** Least release from which on all clients are served: `minRelease`, or more where the schema excludes more. */
  get least(): number {
    return this.#least;
  }

  /** Least release of a client that enters from now on. Clients that are connected stay. */
  set minRelease(minRelease: number) {
    this.#served = { ...this.#served, minRelease };
    this.#least = leastServed(this.#served);
  }

  /** Whether the schema of a client is that of a release, or the gate's own. */
  knows(schema: string): boolean {
    return knowsSchema(this.#served, schema);
  }

  /**
   * Returns the number of sessions of each release, and whether its clients are served when they connect again.
   *
   * @param sessions number of all sessions
   */
  counts(sessions: number): SessionsOfClients[] {
    const known: ClientVersion[] = (this.#served.releases ?? []).map(({ number }) => number);
    return this.sessions.entries(known, sessions).map(([version, count]) => {
      const who = typeof version === "number" ? { release: version } : { schema: version };
      // The minimum is never above the gate's release: a later client that is here has entered by its schema.
      const isLater = typeof version === "number" && version > this.release;
      const served = isLater || this.judge({ release: 0, schema: "", ...who }) === undefined;
      return { ...who, sessions: count, served };
    });
  }

  /** Returns why the client of a Hello is not served; undefined when it is. */
  judge(hello: Pick<Hello, "release" | "schema">): ReleaseRefusal | undefined {
    return judgeRelease(hello, this.#served);
  }
}

/** Cuts the change of a release: long names would make a kick longer than the frames that the client accepts. */
function withShortChange<R extends { readonly breaks?: string }>(release: R): R {
  const { breaks = "" } = release;
  if (breaks.length <= mostChangeChars) return release;
  return { ...release, breaks: `${breaks.slice(0, mostChangeChars - 3)}...` };
}

/** Describes a refusal for people: in the kick, and in the log. */
export function refusalText({ release }: Pick<Hello, "release">, refusal: ReleaseRefusal): string {
  const { tooNew, minRelease, serverRelease, change } = refusal;
  const client = release > 0 ? `the client's release ${release}` : "the client";
  if (tooNew) return `${client} is newer than the server's release ${serverRelease}`;
  return `${client} is too old; expected release ${minRelease} or later${change && `: ${change}`}`;
}
