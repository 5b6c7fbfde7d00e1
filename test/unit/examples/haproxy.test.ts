import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { find, readText } from "./files.ts";
import { renderExample } from "./render-example.ts";

const render = (name: string) =>
  renderExample(`examples/haproxy/${name}.toml`, { prod: "examples/haproxy/endpoints.json" });

/** The lines of a section, without its first. */
function section(text: string, head: string): readonly string[] {
  const [, body] = text.split(`\n${head}\n`);
  return (
    (body ?? "")
      .split("\n\n")[0]
      ?.split("\n")
      .map((line) => line.trim()) ?? []
  );
}

describe("the examples for HAProxy", () => {
  test("have checks, HAProxy's own user and its state file", async () => {
    const text = await render("gateway");
    const global = section(text, "global");
    for (const line of ["user haproxy", "group haproxy", "chroot /var/lib/haproxy", "log /dev/log local0"])
      assert.ok(global.includes(line), line);
    assert.ok(global.some((line) => line.startsWith("stats socket /run/haproxy/admin.sock mode 660 group haproxy")));
    assert.match(text, /^ {2}load-server-state-from-file global$/m);
    assert.deepEqual(section(text, "backend shop.example"), [
      "server server_10.0.0.11_31001 10.0.0.11:31001 check inter 2s fall 3 rise 2",
      "server server_10.0.0.12_31002 10.0.0.12:31002 check inter 2s fall 3 rise 2",
      "server server_10.0.0.13_31003 10.0.0.13:31003 check inter 2s fall 3 rise 2",
    ]);
  });

  test("route by header", async () => {
    const text = await render("header-routing");
    assert.match(text, /^# shop\.example shop\.example_shop\.example$/m);
    assert.match(text, /^# shop\.example_shop\.example\|track\|canary shop\.example_canary$/m);
    assert.deepEqual(section(text, "backend shop.example_canary"), ["server server_10.0.0.13_31003 10.0.0.13:31003"]);
  });

  test("do without a socket", async () => {
    assert.doesNotMatch(await render("reloads-only"), /stats socket/);
  });

  test("leave a configuration alone that has a backend for each vhost, and the socket", () => {
    const { config } = parseConfig(readText("examples/haproxy/no-reloads.toml"), "no-reloads.toml");
    const text = readText("examples/haproxy/haproxy.cfg");
    assert.equal(config.haproxy_reload_disabled, true);
    assert.ok(text.includes(`stats socket ${config.haproxysocketaddr} `));
    const vhosts = config.namespaces[0]?.realm.split(",") ?? [];
    assert.deepEqual(
      [...text.matchAll(/^backend (\S+)$/gm)].map((match) => match[1]),
      vhosts,
    );
  });

  test("are each told of in their README", () => {
    const readme = readText("examples/haproxy/README.md");
    for (const path of find("examples/haproxy/*.{toml,cfg,json}"))
      assert.ok(readme.includes(`\`${basename(path)}\``), path);
  });
});
