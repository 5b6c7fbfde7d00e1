import assert from "node:assert/strict";
import { chmod, mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { companionsOf, removeStaleCompanions, writeCompanions } from "../../../agent/apply/companion-files.ts";
import { AgentError } from "../../../agent/errors.ts";
import { failureOf, namesIn, newFolder } from "./folder.ts";

const disk = { timeoutMs: 10_000 };
const older = "0".repeat(16);
const newer = "f".repeat(16);

/** A config with these files. */
function textWith(files: Readonly<Record<string, readonly string[]>>): string {
  const blocks = Object.entries(files).map(([name, lines]) =>
    [`#DROVE-FILE-BEGIN ${name}`, ...lines.map((line) => `# ${line}`), "#DROVE-FILE-END", ""].join("\n"),
  );
  return `global\n  # a comment\n${blocks.join("\n")}`;
}

async function configIn(t: TestContext, text: string): Promise<{ readonly folder: string; readonly config: string }> {
  const folder = await newFolder(t);
  const config = join(folder, "haproxy.cfg");
  await writeFile(config, text);
  return { folder, config };
}

describe("companionsOf", () => {
  test("takes each block for a file, line by line", () => {
    const text = textWith({ "hosts-1.map": ["a.test a", "# b", ""], "empty.map": [] });
    assert.deepEqual(companionsOf(text), [
      { name: "hosts-1.map", text: "a.test a\n# b\n\n" },
      { name: "empty.map", text: "" },
    ]);
    assert.deepEqual(companionsOf("global\n# nothing of the kind\n"), []);
  });

  const broken: Readonly<Record<string, readonly [string, RegExp]>> = {
    "has no end": ["\n#DROVE-FILE-BEGIN a.map\n# x", /line 2 .* has no end/],
    "has no beginning": ["a\n#DROVE-FILE-END\n", /line 2 .* ends without a beginning/],
    "is in another": ["#DROVE-FILE-BEGIN a\n#DROVE-FILE-BEGIN b\n", /line 2 .* inside of the block of line 1/],
    "has a line of the config": ["#DROVE-FILE-BEGIN a\nbackend x\n#DROVE-FILE-END", /line 2 .* does not begin with #/],
    "is there twice": [textWith({ a: [] }) + textWith({ a: [] }), /line 7 .* is a second one of a/],
    "has no name": ["#DROVE-FILE-BEGIN\n#DROVE-FILE-END", /line 1 .* has the name ""/],
  };
  for (const [what, [text, message]] of Object.entries(broken)) {
    test(`refuses a block that ${what}`, () => {
      assert.throws(
        () => companionsOf(text),
        (error) => error instanceof AgentError && message.test(error.message),
      );
    });
  }

  for (const name of ["a/b", "..", "../a", "a..b", ".hidden", "a b", "ä", "a\u0000", "x".repeat(201)]) {
    test(`refuses the name ${JSON.stringify(name.slice(0, 10))}`, () => {
      assert.throws(() => companionsOf(textWith({ [name]: [] })), /has the name/);
    });
  }
});

describe("writeCompanions", () => {
  test("writes them beside the config, as readable as that", async (t) => {
    const text = textWith({ "hosts-1.map": ["a.test a"], "empty.map": [] });
    const { folder, config } = await configIn(t, text);
    await chmod(config, 0o640);
    await writeCompanions(config, text, disk);
    assert.deepEqual(await namesIn(folder), ["empty.map", "haproxy.cfg", "hosts-1.map"]);
    assert.equal(await readFile(join(folder, "hosts-1.map"), "utf8"), "a.test a\n");
    assert.equal((await stat(join(folder, "hosts-1.map"))).mode & 0o777, 0o640);
  });

  test("leaves an equal file alone and replaces another one as a whole", async (t) => {
    const { folder, config } = await configIn(t, "");
    const path = join(folder, "a.map");
    await writeCompanions(config, textWith({ "a.map": ["1"] }), disk);
    await utimes(path, 1, 1);
    const { ino } = await stat(path);
    await writeCompanions(config, textWith({ "a.map": ["1"] }), disk);
    assert.deepEqual([(await stat(path)).ino, (await stat(path)).mtimeMs], [ino, 1000]);
    await writeCompanions(config, textWith({ "a.map": ["2"] }), disk);
    assert.notEqual((await stat(path)).ino, ino);
    assert.equal(await readFile(path, "utf8"), "2\n");
  });

  test("writes nothing of a text with a broken block", async (t) => {
    const { folder, config } = await configIn(t, "");
    const text = `${textWith({ "a.map": ["1"] })}#DROVE-FILE-BEGIN b.map\n`;
    assert.equal((await failureOf(writeCompanions(config, text, disk))).code, "template-invalid");
    assert.deepEqual(await namesIn(folder), ["haproxy.cfg"]);
  });

  test("never takes the config's own place", async (t) => {
    const { config } = await configIn(t, "mine");
    const failure = await failureOf(writeCompanions(config, textWith({ "haproxy.cfg": [] }), disk));
    assert.equal(failure.code, "template-invalid");
    assert.equal(await readFile(config, "utf8"), "mine");
  });

  test("leaves nothing behind when it fails, and says where", async (t) => {
    const { folder, config } = await configIn(t, "");
    await mkdir(join(folder, "a.map"));
    const failure = await failureOf(writeCompanions(config, textWith({ "a.map": ["1"] }), disk));
    assert.equal(failure.code, "disk-failed");
    assert.ok(failure.message.includes(join(folder, "a.map")), failure.message);
    assert.deepEqual(await namesIn(folder), ["a.map", "haproxy.cfg"]);
    const nowhere = join(folder, "missing", "haproxy.cfg");
    assert.match((await failureOf(writeCompanions(nowhere, textWith({ a: [] }), disk))).message, /create the folder/);
  });
});

describe("removeStaleCompanions", () => {
  const generationOf = (name: string) => ({ [`hosts-${name}.map`]: ["a a"], [`wildcards-${name}.map`]: [".a a"] });

  test("removes those of other generations and nothing else", async (t) => {
    const { folder, config } = await configIn(t, "");
    const keep = textWith({ [`hosts-${newer}.map`]: ["a a"] });
    await writeCompanions(config, textWith(generationOf(older)), disk);
    await writeCompanions(config, keep, disk);
    const others = ["hosts.map", "hosts-1.map", `users-${older}.map`, `hosts-${older}.txt`, `.x.tmp-${"0".repeat(12)}`];
    for (const name of others) await writeFile(join(folder, name), "");
    await writeFile(join(folder, `.hosts-${older}.map.tmp-${"0".repeat(12)}`), "");

    await removeStaleCompanions(config, { keep: [keep], stale: [] }, disk);
    const left = ["haproxy.cfg", `hosts-${newer}.map`, ...others.map((name) => name.replace(/tmp-.*/, "tmp-*"))];
    assert.deepEqual(await namesIn(folder), [...left, `wildcards-${older}.map`].sort());

    await removeStaleCompanions(config, { keep: [keep], stale: [textWith(generationOf(older))] }, disk);
    assert.deepEqual(await namesIn(folder), left.sort());
  });

  test("keeps what any of the texts to keep has, stale or not", async (t) => {
    const { folder, config } = await configIn(t, "");
    const texts = [older, newer].map((one) => textWith({ [`hosts-${one}.map`]: [] }));
    for (const text of texts) await writeCompanions(config, text, disk);
    await removeStaleCompanions(config, { keep: texts, stale: texts }, disk);
    assert.deepEqual(await namesIn(folder), ["haproxy.cfg", `hosts-${older}.map`, `hosts-${newer}.map`]);
  });

  test("takes no name from a text that leads out of the folder", async (t) => {
    const { folder, config } = await configIn(t, "");
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "victim"), "");
    const inner = join(folder, "sub", "haproxy.cfg");
    await removeStaleCompanions(inner, { keep: [], stale: ["#DROVE-FILE-BEGIN ../victim\n"] }, disk);
    await removeStaleCompanions(config, { keep: [], stale: ["#DROVE-FILE-BEGIN sub\n"] }, disk).catch(() => undefined);
    assert.deepEqual(await namesIn(folder), ["haproxy.cfg", "sub", "victim"]);
  });
});
