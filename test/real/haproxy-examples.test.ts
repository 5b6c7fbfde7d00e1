import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readText } from "../unit/examples/files.ts";
import { renderExample } from "../unit/examples/render-example.ts";
import { haproxyComplaint } from "./support/haproxy-complaint.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const place = { folder: "" };
before(async () => {
  place.folder = await mkdtemp(join(tmpdir(), "drove-gateway-examples-"));
});
after(() => rm(place.folder, { recursive: true, force: true }));

/** It may have no user of that name, and does not resolve that of the controller. */
const onThisMachine = (text: string) =>
  text
    .replaceAll(/^ {2}(user|group) haproxy$/gm, "")
    .replace(" group haproxy", "")
    .replace("leader drove1.example:", "leader 10.0.0.1:");

for (const { name: version, program } of haproxyVersions) {
  for (const name of ["gateway", "header-routing", "reloads-only"]) {
    test(`HAProxy ${version} takes what ${name}.toml of the examples makes`, async () => {
      const recorded = { prod: "examples/haproxy/endpoints.json" };
      const text = await renderExample(`examples/haproxy/${name}.toml`, recorded);
      assert.equal(await haproxyComplaint(program, onThisMachine(text), place.folder), "");
    });
  }

  test(`HAProxy ${version} takes the configuration by hand of the examples`, async () => {
    assert.equal(await haproxyComplaint(program, readText("examples/haproxy/haproxy.cfg"), place.folder), "");
  });
}
