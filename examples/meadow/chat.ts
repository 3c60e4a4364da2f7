import { defineNode, fail } from "photinus";
import { chat, chatDesk, pushCrowd, pushSaid } from "../../generated/server/index.ts";
import { meadowGroup } from "./rules.ts";

const longestText = 200;
/** The head count is sent at most this often. */
const crowdEveryMs = 250;

/** Talk, and who is where. */
export default defineNode((node) => {
  const whereabouts = new Map<bigint, { name: string; meadowId: number }>();
  const lines = new Map<number, number>();
  let crowdTimer: NodeJS.Timeout | undefined;

  function nextLine(meadowId: number): number {
    const line = (lines.get(meadowId) ?? 0) + 1;
    lines.set(meadowId, line);
    return line;
  }

  function say(meadowId: number, playerId: bigint, name: string, text: string): number {
    const line = nextLine(meadowId);
    pushSaid(node.group(meadowGroup(meadowId)), { line, playerId, name, text, saidAt: Date.now() });
    return line;
  }

  function tellCrowd(): void {
    crowdTimer ??= setTimeout(() => {
      crowdTimer = undefined;
      pushCrowd(node.everyone(), { players: whereabouts.size });
    }, crowdEveryMs);
  }

  node.onStop(() => clearTimeout(crowdTimer));

  return [
    chat.implement({
      say({ text }, ctx) {
        const trimmed = text.trim();
        if (trimmed === "") throw fail("INVALID_ARGUMENT", "there is nothing to say");
        if ([...trimmed].length > longestText) {
          throw fail("INVALID_ARGUMENT", `a line has at most ${longestText} characters`);
        }
        const here = whereabouts.get(ctx.userId);
        if (!here) throw fail("FAILED_PRECONDITION", "enter a meadow first");
        return { line: say(here.meadowId, ctx.userId, here.name, trimmed) };
      },
    }),

    chatDesk.implement({
      arrived({ playerId, name, meadowId }) {
        const former = whereabouts.get(playerId);
        whereabouts.set(playerId, { name, meadowId });
        if (former?.meadowId !== meadowId) say(meadowId, 0n, "", `${name} is here`);
        tellCrowd();
        const players = [...whereabouts.values()].filter((one) => one.meadowId === meadowId).length;
        return { players, formerMeadowId: former?.meadowId ?? 0 };
      },

      departed({ playerId, meadowId }) {
        const former = whereabouts.get(playerId);
        if (former?.meadowId !== meadowId) return;
        whereabouts.delete(playerId);
        say(meadowId, 0n, "", `${former.name} is gone`);
        tellCrowd();
      },
    }),
  ];
});
