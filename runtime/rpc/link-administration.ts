/**
 * Reserved method numbers of the link's administration. The bodies are the messages of `schema/photinus/link.proto`,
 * whose comments state the direction of each and whether it has an answer.
 */
export const admin = Object.freeze({
  hello: 0xffffff01,
  sessionOpen: 0xffffff02,
  sessionEnd: 0xffffff03,
  sessionBound: 0xffffff04,
  bind: 0xffffff05,
  claimUser: 0xffffff06,
  join: 0xffffff07,
  leave: 0xffffff08,
  kick: 0xffffff09,
  assign: 0xffffff0a,
  laneBarrier: 0xffffff0b,
  draining: 0xffffff0c,
  nodeChanged: 0xffffff0d,
  sessionState: 0xffffff0e,
  listGroup: 0xffffff0f,
  evictUser: 0xffffff10,
  releaseUser: 0xffffff11,
  tellUsers: 0xffffff12,
  adoptSessions: 0xffffff13,
  moveSessions: 0xffffff14,
  sessionsMoved: 0xffffff15,
  sessionArrival: 0xffffff16,
  dropSession: 0xffffff17,
  movedUser: 0xffffff18,
  fetchSession: 0xffffff19,
  keepChanges: 0xffffff1a,
  revoke: 0xffffff1c,
  judgeTicket: 0xffffff1d,
  changeCanary: 0xffffff1e,
  workBarrier: 0xffffff1f,
  challenge: 0xffffff20,
  proof: 0xffffff21,
  regroup: 0xffffff22,
});

/** Version of the link protocol that this process speaks. */
export const linkVersion = 1;

/** Timeout of an administrative call, in ms. */
export const adminTimeoutMs = 5_000;

/** Longest name of a group, in characters. */
export const longestGroupName = 256;

/** Most groups that one message makes a session join, and most that it makes the session leave. */
export const mostRegrouped = 1_024;

/** Most members that a gate lists of one group. */
export const mostListedMembers = 10_000;
