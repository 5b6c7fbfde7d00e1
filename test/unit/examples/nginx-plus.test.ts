import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { find, readText } from "./files.ts";
import { renderExample } from "./render-example.ts";

describe("the examples for NGINX Plus", () => {
  test("have the API where the agent asks, and servers in state files", async () => {
    const text = await renderExample("examples/nginx-plus/gateway.toml", { prod: "examples/haproxy/endpoints.json" });
    assert.match(
      text,
      /^ {4}listen 127\.0\.0\.1:8080;$[\s\S]*^ {4}deny all;\n {4}location \/api \{ api write=on; \}$/m,
    );
    assert.match(
      text,
      /^ {2}upstream gw_shop\.example \{$[^}]*^ {4}state "\/var\/lib\/nginx\/state\/shop\.example";$/m,
    );
    assert.doesNotMatch(text, /server 10\.0\.0\.11/);
  });

  test("leave a configuration alone", () => {
    const { config, notes } = parseConfig(readText("examples/nginx-plus/api-only.toml"), "api-only.toml");
    assert.deepEqual([config.nginx_reload_disabled, notes], [true, []]);
  });

  test("are each told of in their README", () => {
    const readme = readText("examples/nginx-plus/README.md");
    for (const path of find("examples/nginx-plus/*.toml")) assert.ok(readme.includes(`\`${basename(path)}\``), path);
  });
});
