import assert from "node:assert/strict";
import { appendFile, mkdir, open, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { watchFiles, watchMounts } from "../../../agent/inputs/watch-files.ts";
import { fakeClock } from "../agent/fake-clock.ts";
import { folderWith } from "./fixtures.ts";

/** A watch that follows these paths, and how to wait for what it notices. */
function watching(t: TestContext, paths: readonly string[]) {
  const seen = { changes: 0, next: Promise.withResolvers<void>(), begun: Promise.withResolvers<void>() };
  const onChange = () => {
    seen.changes += 1;
    seen.next.resolve();
  };
  const watch = watchFiles(onChange, { onBegun: () => seen.begun.resolve() });
  t.after(() => watch.close());
  watch.follow(paths);
  /** Edits again and again until it is noticed: when the watch begins to look is its own affair. */
  const noticed = async (edit: (count: number) => Promise<void>) => {
    seen.next = Promise.withResolvers<void>();
    const end = performance.now() + 20_000;
    for (let count = 1; performance.now() < end; count += 1) {
      await edit(count);
      if (await within(3000, seen.next.promise)) return;
    }
    assert.fail("nothing was noticed");
  };
  /** Resolves when these are followed, and nothing else. */
  const follow = async (next: readonly string[]) => {
    await seen.begun.promise;
    seen.begun = Promise.withResolvers();
    watch.follow(next);
    assert.ok(await within(10_000, seen.begun.promise), "what is followed now has to be read again");
  };
  return { watch, seen, noticed, follow };
}

async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ms);
  const result = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return result;
}

describe("an edit is noticed", { concurrency: true }, () => {
  test("that writes into the file", async (t) => {
    const path = join(await folderWith(t, { "a.eta": "1" }), "a.eta");
    await watching(t, [path]).noticed(() => appendFile(path, "2"));
  });

  test("that renames another file to its name, as editors do", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1" });
    const path = join(folder, "a.eta");
    await watching(t, [path]).noticed(async (count) => {
      await writeFile(join(folder, "a.eta~"), `new ${count}`);
      await rename(join(folder, "a.eta~"), path);
    });
  });

  test("that swaps a link to a folder, as a ConfigMap does", async (t) => {
    const folder = await folderWith(t, { "v0/a.eta": "0" });
    await symlink("v0", join(folder, "..data"));
    await symlink("..data/a.eta", join(folder, "a.eta"));
    await watching(t, [join(folder, "a.eta")]).noticed(async (count) => {
      await mkdir(join(folder, `v${count}`));
      await writeFile(join(folder, `v${count}`, "a.eta"), "x".repeat(count + 1));
      await symlink(`v${count}`, join(folder, "..data_tmp"));
      await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    });
  });

  test("that removes the file and writes it anew", async (t) => {
    const path = join(await folderWith(t, { "a.eta": "1" }), "a.eta");
    await watching(t, [path]).noticed(async (count) => {
      await rm(path, { force: true });
      await writeFile(path, `new ${count}`);
    });
  });

  test("that adds a file to a folder", async (t) => {
    const folder = await folderWith(t, { "partials/a.eta": "1" });
    await watching(t, [join(folder, "partials")]).noticed((count) =>
      writeFile(join(folder, "partials", `${count}.eta`), "x"),
    );
  });

  test("to a file that is followed later", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1", "b.eta": "1" });
    const { watch, noticed } = watching(t, [join(folder, "a.eta")]);
    watch.follow([join(folder, "b.eta")]);
    await noticed(() => appendFile(join(folder, "b.eta"), "2"));
  });

  test("that adds a file to a folder that was missing", async (t) => {
    const folder = await folderWith(t, { "main.eta": "1" });
    await watching(t, [join(folder, "snippets")]).noticed(async (count) => {
      await mkdir(join(folder, "snippets"), { recursive: true });
      await writeFile(join(folder, "snippets", `${count}.eta`), "x");
    });
  });

  for (const name of ["nixy.toml", "main.tmpl"]) {
    test(`to ${name}, although its folder is no longer followed`, async (t) => {
      const folder = await folderWith(t, { "nixy.toml": "1", "main.tmpl": "1", "header.tmpl": "1" });
      const rest = ["nixy.toml", "main.tmpl", "partials"].map((one) => join(folder, one));
      const { watch, noticed } = watching(t, [...rest, join(folder, "header.tmpl"), folder]);
      await noticed(() => appendFile(join(folder, "header.tmpl"), "2"));
      watch.follow(rest);
      await noticed(() => appendFile(join(folder, name), "2"));
    });
  }
});

describe("after another list of files", { concurrency: true }, () => {
  test("the files are read again, and every edit from then on is noticed", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1", "b.eta": "1" });
    const { follow, seen } = watching(t, [join(folder, "a.eta")]);
    await follow([join(folder, "a.eta"), join(folder, "b.eta")]);
    await appendFile(join(folder, "b.eta"), "2");
    assert.ok(await within(5000, seen.next.promise));
  });

  test("no others are followed", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1", "b.eta": "1" });
    const { follow, seen } = watching(t, [join(folder, "a.eta")]);
    await follow([join(folder, "b.eta")]);
    await appendFile(join(folder, "a.eta"), "2");
    assert.equal(await within(2000, seen.next.promise), false);
  });

  test("that is the same in another order, nothing is read again", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1", "b.eta": "1" });
    const paths = [join(folder, "a.eta"), join(folder, "b.eta")];
    const { watch, seen } = watching(t, paths);
    await seen.begun.promise;
    seen.begun = Promise.withResolvers();
    watch.follow(paths.toReversed());
    assert.equal(await within(1000, seen.begun.promise), false);
  });

  test("and another before it is ready, the last one counts", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1", "b.eta": "1", "c.eta": "1" });
    const { watch, follow, seen } = watching(t, [join(folder, "a.eta")]);
    await seen.begun.promise;
    watch.follow([join(folder, "b.eta")]);
    await follow([join(folder, "c.eta")]);
    await appendFile(join(folder, "b.eta"), "2");
    assert.equal(await within(1500, seen.next.promise), false);
    await appendFile(join(folder, "c.eta"), "2");
    assert.ok(await within(5000, seen.next.promise));
  });

  test("and the end of the watch, nothing is followed", async (t) => {
    const folder = await folderWith(t, { "a.eta": "1", "b.eta": "1" });
    const { watch, seen } = watching(t, [join(folder, "a.eta")]);
    await seen.begun.promise;
    watch.follow([join(folder, "b.eta")]);
    await watch.close();
    watch.follow([join(folder, "a.eta")]);
    await appendFile(join(folder, "a.eta"), "2");
    await appendFile(join(folder, "b.eta"), "2");
    assert.equal(await within(1500, seen.next.promise), false);
  });
});

describe("a mounted file that was replaced outside", () => {
  test("has no name left, and is told once", async (t) => {
    const folder = await folderWith(t, { "mounted.toml": "old", "fine.toml": "x" });
    const handle = await open(join(folder, "mounted.toml"));
    t.after(() => handle.close());
    const mounted = `/proc/self/fd/${handle.fd}`;
    const clock = fakeClock();
    const stop = new AbortController();
    const told: string[] = [];
    const paths = () => [mounted, join(folder, "fine.toml"), join(folder, "gone.toml")];
    const done = watchMounts({ paths, clock, onReplaced: (path) => told.push(path), signal: stop.signal });
    await clock.asleep();
    assert.deepEqual(told, []);
    await rm(join(folder, "mounted.toml"));
    for (let turn = 0; turn < 2; turn += 1) {
      await clock.advance(5000);
      await clock.asleep();
    }
    assert.deepEqual(told, [mounted]);
    stop.abort();
    await done;
  });
});
