import { text } from "../../../integration/gate/raw-client.ts";
import { commands, pushes } from "../../../integration/gate/schema.ts";
import type { SessionModel } from "./session-oracle.ts";
import { heartbeatMs, resumeMs, type SteppedGame, setOf, userIds } from "./stepped-game.ts";
import { Tab } from "./tab.ts";

/** Lets all arrive, and judges what is left. `isCalm`: no session was ended by anything but a login of the same user. */
export async function judgeLast(game: SteppedGame, isCalm: boolean): Promise<void> {
  await game.drain();
  await judgeConnections(game);
  await judgeUsers(game, isCalm);
  await judgeSuspended(game);
  await judgeEnd(game);
}

/** Each open connection with a welcome has its session for itself, and is answered. */
async function judgeConnections(game: SteppedGame): Promise<void> {
  for (const tab of game.tabs) {
    const { line, wire } = tab;
    if (line === undefined || wire === undefined) continue;
    if (!wire.over && line.welcome === undefined) game.wrong(`${tab.name} has neither a welcome nor an end`);
    if (!tab.isUp) continue;
    const sequence = tab.ask(commands.echo.id, "?");
    await game.drain();
    const answer = tab.answers.get(sequence);
    const { welcome } = line;
    const users = game.usersOf(welcome!.session).map(String);
    if (answer === undefined) game.wrong(`${tab.name} has a session, but no answer`);
    else if (answer !== "0" && !users.includes(answer))
      game.wrong(`${tab.name} is user ${answer}, but its session has asked for "${users.join()}"`);
    if (tab.repeats > 0) game.wrong(`${tab.name} was answered ${tab.repeats} times more than it asked`);
  }
  const owners = game.oracle.owners();
  const heard = game.tabs.filter((tab) => tab.isUp).map((tab) => tab.line?.welcome?.session);
  for (const { session } of owners) {
    // A connection that its client has left behind, and that has not been cut, has a session as well.
    const count = heard.filter((name) => name === session?.name).length;
    if (count > 1) game.wrong(`${count} clients think that they have ${session?.name}`);
  }
  const { all, certain } = game.oracle.living();
  const count = game.sum(({ sessions }) => sessions);
  if (count > all.length || count < certain.length)
    game.wrong(`the gates have ${count} sessions, expected ${certain.length} to ${all.length}`);
  const suspended = game.sum((status) => status.suspended);
  if (count - suspended !== owners.length)
    game.wrong(`${count - suspended} sessions have a connection, expected ${owners.length}`);
}

/** A user has one session, and the session's only connection gets the user's pushes. */
async function judgeUsers(game: SteppedGame, isCalm: boolean): Promise<void> {
  for (const userId of userIds) {
    const bound = [...setOf(game.bound, userId)].map((name) => game.oracle.sessions.get(name)!);
    const living = new Set(
      game.nodes.flatMap((node) =>
        node
          .sessions()
          .filter((session) => session.userId === userId && !session.ended)
          .map(({ gate, id }) => `${gate}/${id}`),
      ),
    );
    if (living.size > 1) game.wrong(`user ${userId} has the sessions ${[...living].join(", ")}`);
    // A session that has another user now, or has ended with a refusal, may have been the user's last one.
    const isExcused = bound.some(({ name, isRefused }) => isRefused || game.usersOf(name).length > 1);
    if (isCalm && !isExcused && bound.length > 0 && living.size === 0)
      game.wrong(`user ${userId} has no session, although none was kicked or has left`);
    for (const tab of game.tabs) tab.pushes.length = 0;
    game.nodes[0]!.user(userId).pushBytes(pushes.reliable.id, text(`to ${userId}`));
    await game.drain();
    const [name = ""] = living;
    const owner = game.oracle.sessions.get(name)?.owner;
    const heard = game.tabs.filter((tab) => tab.pushes.includes(`to ${userId}`));
    for (const tab of heard) {
      if (tab.wire !== owner?.wire) game.wrong(`${tab.name} got a push to user ${userId}, who is elsewhere`);
    }
    const expected = game.tabs.filter((tab) => tab.isUp && owner !== undefined && tab.wire === owner.wire);
    if (heard.length !== expected.length)
      game.wrong(`${heard.length} clients got a push to user ${userId}, expected ${expected.length}`);
  }
  if (game.sum(({ users }) => users) > userIds.length) game.wrong("a user has two sessions at the gates");
}

/** A holder of the current token of a session without a connection gets the session: the oracle judges. */
async function judgeSuspended(game: SteppedGame): Promise<void> {
  const waiting = [...game.oracle.sessions.values()].filter(
    ({ hasEnded, owner }: SessionModel) => !hasEnded && owner === undefined,
  );
  for (const { name, current, lastPush, answerCount, schema } of waiting) {
    const state = {
      token: new Uint8Array(Buffer.from(current, "hex")),
      lastPush,
      answerCount,
      sequence: 1_000,
    };
    const tab = new Tab(`the owner of ${name}`, state);
    game.tabs.push(tab);
    tab.dial(game.network, `${name.split("/")[0]}:1`, { schema });
    await game.drain();
    if (tab.line?.welcome === undefined) game.wrong(`${tab.name} got no welcome`);
  }
}

/** When all are gone and the window is over, nothing is left. */
async function judgeEnd(game: SteppedGame): Promise<void> {
  for (const wire of game.network.wires) if (wire.name.includes(":1#") && !wire.over) wire.cut(false);
  await game.drain();
  game.wait(resumeMs + 2 * heartbeatMs);
  await game.drain();
  for (const gate of game.gates) {
    const { sessions, suspended, resumeBytes, users, connections, inFlight } = gate.status();
    const left = { sessions, suspended, resumeBytes, users, connections, inFlight };
    if (Object.values(left).some((number) => number !== 0))
      game.wrong(`${gate.name} keeps ${JSON.stringify(left)}`);
  }
  const known = game.nodes.reduce((sum, node) => sum + node.sessions().length, 0);
  if (known > 0) game.wrong(`the nodes keep ${known} sessions`);
}
