import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptText } from "../../../agent/cli/accept-text.ts";

test("says for each namespace what goes, or that nothing was held", () => {
  const one = { namespace: "blue", vhosts: { lost: 3, of: 4 }, members: { lost: 5, of: 9 } };
  const line = (name: string) =>
    `accepted: namespace ${name} goes on without 5 of 9 instances; 3 of 4 vhosts were held\n`;
  assert.equal(acceptText({ accepted: [one, { ...one, namespace: "green" }] }), line("blue") + line("green"));
  assert.equal(acceptText({ accepted: [] }), "nothing is held\n");
});
