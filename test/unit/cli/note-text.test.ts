import assert from "node:assert/strict";
import { test } from "node:test";
import { noteText } from "../../../agent/cli/note-text.ts";

test("says of whom a note is, and names its subject once", () => {
  const refused = { code: "host-refused", subject: "SHOP-1", message: "host is empty" } as const;
  assert.equal(noteText(refused), "SHOP-1: host is empty");
  assert.equal(noteText({ ...refused, namespace: "prod" }), "prod SHOP-1: host is empty");
  const unknown = {
    code: "config-unknown-key",
    subject: "prot",
    message: "gateway.toml:1: prot: is not a key",
  } as const;
  assert.equal(noteText(unknown), "gateway.toml:1: prot: is not a key");
  const leader = { code: "vhost-refused", subject: "leader_vhost", message: "leader_vhost is empty" } as const;
  assert.equal(noteText({ ...leader, namespace: "prod" }), "prod: leader_vhost is empty");
  assert.equal(noteText({ ...refused, message: "no address of SHOP-1" }), "SHOP-1: no address of SHOP-1");
  assert.equal(noteText({ ...unknown, namespace: "prod" }), "prod: gateway.toml:1: prot: is not a key");
});
