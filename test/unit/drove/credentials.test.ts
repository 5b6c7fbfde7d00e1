import assert from "node:assert/strict";
import { test } from "node:test";
import { authorization, redactor } from "../../../agent/drove/credentials.ts";
import { thrown } from "../thrown.ts";
import { namespaceOf } from "./config.ts";

const drove = ["http://127.0.0.1:1"];

test("Basic for a user, the token as it is, the token first, else nothing", () => {
  assert.equal(authorization(namespaceOf({ drove })), undefined);
  assert.equal(authorization(namespaceOf({ drove, user: "guest", pass: "guest" })), "Basic Z3Vlc3Q6Z3Vlc3Q=");
  assert.equal(authorization(namespaceOf({ drove, access_token: "O-Bearer abc" })), "O-Bearer abc");
  assert.equal(authorization(namespaceOf({ drove, user: "u", pass: "p", access_token: "T" })), "T");
});

test("a password reaches Drove byte for byte", () => {
  const pass = 'pä"ss\n$HOME `id` \\ : ';
  const value = authorization(namespaceOf({ drove, user: "user", pass })) ?? "";
  assert.equal(Buffer.from(value.slice("Basic ".length), "base64").toString(), `user:${pass}`);
});

test("a token that no header can carry is named, not shown", async () => {
  for (const access_token of ["secret\ntoken", "secret\u0000", "secret☃"]) {
    const { code, message } = await thrown(() => authorization(namespaceOf({ drove, access_token })));
    assert.equal(code, "config-invalid");
    assert.match(message, /access_token of namespace blue/);
    assert.doesNotMatch(message, /secret/);
  }
});

test("credentials are taken out of a text in every form in which they are sent", () => {
  const redact = redactor(namespaceOf({ drove, user: "guest", pass: "hunter22", access_token: "O-Bearer abcdef" }));
  const basic = Buffer.from("guest:hunter22").toString("base64");
  assert.equal(
    redact(`a ${basic} b O-Bearer abcdef c abcdef d hunter22`),
    "a [redacted] b [redacted] c [redacted] d [redacted]",
  );
  assert.equal(redact("This node is not the leader controller"), "This node is not the leader controller");
});
