import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generatedFiles } from "../../../docs/generate/files.ts";
import { readText, tableRows } from "../examples/files.ts";

describe("what is made of the code is current: run `npm run docs`", () => {
  for (const [path, text] of generatedFiles()) {
    test(path, () => assert.equal(readText(path), text));
  }
});

/** One row of each kind, so that the generator is held to more than to itself. */
const rows: readonly (readonly string[])[] = [
  ["`address`", "text", '`"127.0.0.1"`'],
  ["`proxy_port`", "number", "`7000`"],
  ["`port_use_tls`", "flag", "`false`"],
  ["`api_token`", "secret", '`""`'],
  ["`template_partials`", "list", "`[]`"],
  ["`drove`", "list", "required"],
  ["`haproxy_stats_address`", "text", '`"127.0.0.1:6001"`'],
];

describe("the table of keys has", () => {
  const found = tableRows(readText("docs/configuration.md")).filter((row) => row.length === 4);
  const meaningOf = (key: string) => found.find((row) => row[0] === `\`${key}\``)?.[3] ?? "";

  test("type and default", () => {
    for (const row of rows) assert.deepEqual(found.find((one) => one[0] === row[0])?.slice(0, 3), row);
  });

  test("what is allowed", () => {
    assert.match(meaningOf("proxy_platform"), /One of `nginx`, `haproxy`\./);
    assert.match(meaningOf("max_response_mb"), /From 1 to 1024\./);
  });

  test("whose key it is, what the image says, and what needs a restart", () => {
    assert.match(meaningOf("nginx_temp_dir"), /^\*New\.\* .*The image: `\/run\/nginx`\./);
    assert.match(meaningOf("log_format"), /Needs a restart of the agent\./);
    assert.doesNotMatch(meaningOf("nginx_cmd"), /New|restart/);
  });
});
