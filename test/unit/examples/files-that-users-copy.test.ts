import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { loadConfig } from "../../../agent/config/load.ts";
import { parseConfig } from "../../../agent/config/parse.ts";
import { find, readText, root } from "./files.ts";
import { renderExample } from "./render-example.ts";

describe("a TOML file of the examples", () => {
  for (const file of find("{examples,packaging}/**/*.toml")) {
    test(`${file} is whole and gives no warning`, async () => {
      const { config, notes } = parseConfig(readText(file), file);
      assert.deepEqual(notes, []);
      // Their secrets and certificates are on other machines.
      if (config.namespaces.some((one) => one.pass_file !== "")) return;
      const loaded = await loadConfig({
        file: join(root, file),
        env: {},
        cwd: root,
        signal: AbortSignal.timeout(5000),
      });
      assert.deepEqual(loaded.notes, []);
    });
  }
});

test("the own template sends the header's requests to the canary, and keeps a vhost without instances", async () => {
  const text = await renderExample("examples/own-template/gateway.toml", {
    prod: "examples/own-template/endpoints.json",
  });
  assert.match(text, /upstream gw_shop\.example_canary \{\n\s+server 10\.0\.0\.13:31003;/);
  assert.match(
    text,
    /upstream gw_shop\.example_stable \{\n\s+server 10\.0\.0\.11:31001;\n\s+server 10\.0\.0\.12:31002;/,
  );
  assert.match(text, /proxy_pass http:\/\/gw_shop\.example_\$track;/);
  assert.match(text, /server_name reports\.example;\n\s+return 503;/);
  assert.doesNotMatch(text, /elsewhere/);
});

test("two clusters serve one vhost together, each has its leader's vhost", async () => {
  const text = await renderExample("examples/namespaces/gateway.toml", {
    east: "examples/namespaces/east.json",
    west: "examples/namespaces/west.json",
  });
  const shop = /upstream gw_shop\.example \{([^}]*)\}/.exec(text)?.[1] ?? "";
  assert.deepEqual([...shop.matchAll(/server (\d\S+)/g)].map((match) => match[1]).sort(), [
    "10.1.0.1:31001",
    "10.2.0.1:31001",
  ]);
  assert.match(text, /server_name drove\.east\.example;/);
  assert.match(text, /server_name drove\.west\.example;/);
});
