import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parts } from "../fuzz/parts.ts";

/* A little of what `npm run fuzz` does at length, always the same. */

for (const [name, { fuzz }] of Object.entries(parts))
  test(`nothing of the ${name} escapes`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "fuzz-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const { generated, details } = await fuzz({ count: 6000, seed: 7, folder });
    assert.ok(generated >= 6000);
    t.diagnostic(JSON.stringify(details));
  });
