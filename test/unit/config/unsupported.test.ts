import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { unsupportedNotes } from "../../../agent/config/unsupported.ts";

function notesFor(lines: string): readonly string[] {
  const { config } = parseConfig(`${lines}\n[[namespaces]]\nname = "a"\ndrove = ["http://drove.example"]\n`, "g.toml");
  return unsupportedNotes(config).map((note) => `${note.code} ${note.subject}`);
}

test("who relies on the NGINX Plus API is told that it is not used", () => {
  assert.deepEqual(notesFor('nginxplusapiaddr = "127.0.0.1:8888"'), ["config-ignored nginxplusapiaddr"]);
  assert.deepEqual(notesFor('nginxplusapiaddr = "127.0.0.1:8888"\nnginx_reload_disabled = true'), [
    "config-ignored nginxplusapiaddr",
    "config-ignored nginx_reload_disabled",
  ]);
});

test("nobody else is told anything", () => {
  assert.deepEqual(notesFor(""), []);
  assert.deepEqual(notesFor('proxy_platform = "haproxy"\nnginxplusapiaddr = "127.0.0.1:8888"'), []);
});
