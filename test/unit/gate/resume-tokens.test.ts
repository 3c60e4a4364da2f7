import { expect, test } from "vitest";
import { ResumeTokens, type TokenHashes } from "../../../runtime/gate/session/resume-tokens.ts";

const session = (): { tokens: TokenHashes | undefined } => ({ tokens: undefined });

test("a token of a session that has left and come back is not forgotten with the first stay", () => {
  const [first, second] = [new ResumeTokens(), new ResumeTokens()];
  const token = first.issue(1, session());
  const { hash } = first.partsOf(token)!;
  second.adopt(7, session(), [hash]);
  const last = session();
  second.adopt(8, last, [hash]);
  const adopted = last.tokens!.former;
  second.forget(adopted, 7);
  expect(second.read(token)).toMatchObject({ id: 8 });
  second.forget(adopted, 8);
  expect(second.read(token)).toBeUndefined();
});

test("a token of this gate names the session that has come back with it, until that is forgotten", () => {
  const tokens = new ResumeTokens();
  const token = tokens.issue(1, session());
  const { hash } = tokens.partsOf(token)!;
  const adopted = session();
  tokens.adopt(2, adopted, [hash]);
  expect(tokens.read(token)).toMatchObject({ id: 2 });
  tokens.forget(adopted.tokens!.former, 2);
  expect(tokens.read(token)).toMatchObject({ id: 1 });
});
