import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { execa } from "execa";
import { find, readText, root } from "../examples/files.ts";

describe("the workflows", () => {
  const files = find(".github/workflows/*.yml").map((path) => ({ path, text: readText(path) }));

  test("are there", () => assert.equal(files.length, 2));

  test("name actions by the hash of a commit, with the version beside it", () => {
    const used = files.flatMap(({ text }) => [...text.matchAll(/uses: (.*)$/gm)].map((match) => match[1] ?? ""));
    assert.ok(used.length >= 4);
    for (const action of used) {
      const isPinned = /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d/.test(action);
      const isOurs = action.startsWith("./") && existsSync(join(root, action));
      assert.ok(isPinned || isOurs, action);
    }
  });

  test("may read only, unless a job says otherwise", () => {
    for (const { path, text } of files) assert.match(text, /^permissions:\n {2}contents: read$/m, path);
  });

  test("run what is there", () => {
    const text = files.map((one) => one.text).join("\n");
    const named = [...text.matchAll(/(?:packaging|\.ci)\/[\w.-]+/g)].map(([path]) => path);
    assert.ok(named.includes(".ci/run") && named.includes("packaging/build.sh"));
    for (const path of named) assert.ok(existsSync(join(root, path)), path);
    for (const proxy of ["nginx", "haproxy"]) assert.ok(existsSync(join(root, `Dockerfile.${proxy}`)));
  });
});

describe("the notes of a release", () => {
  const notes = (version: string) =>
    execa("bash", [join(root, "packaging", "release-notes.sh"), version], { reject: false });

  test("are its section of the changelog", async () => {
    const { stdout } = await notes("0.1.0");
    assert.match(stdout, /^The first version/m);
    assert.doesNotMatch(stdout, /^## /m);
  });

  test("must be there", async () => {
    const { exitCode, stderr } = await notes("9.9.9");
    assert.equal(exitCode, 1);
    assert.match(stderr, /no section \[9\.9\.9\]/);
  });
});
