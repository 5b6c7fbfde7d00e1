import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { checkWithHaproxy } from "../../agent/apply/haproxy-check.ts";
import { runCommand } from "../../agent/apply/run-command.ts";
import { failureOf, fileAt, newFolder } from "../unit/apply/folder.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const head = ["global", "defaults", "  mode http"];
const times = ["  timeout client 1s", "  timeout server 1s", "  timeout connect 1s"];
const frontend = ["frontend in", "  bind 127.0.0.1:8999"];

for (const { name, program } of haproxyVersions)
  describe(`HAProxy ${name}`, () => {
    const check = async (t: TestContext, lines: readonly string[]) => {
      const folder = await newFolder(t);
      const file = fileAt(join(folder, "haproxy.cfg"), `${lines.join("\n")}\n`);
      const staged = join(folder, ".haproxy.cfg.tmp-0123456789ab");
      await writeFile(staged, file.text);
      const settings = { command: [program], checkTimeoutMs: 30_000 };
      return {
        path: file.path,
        done: checkWithHaproxy(runCommand, { settings, staged, file, signal: AbortSignal.timeout(30_000) }),
      };
    };

    test("takes a good file, and one with warnings", async (t) => {
      await (await check(t, [...head, ...times, ...frontend])).done;
      await (await check(t, [...head, ...frontend])).done;
    });

    test("says which line it refuses, and why", async (t) => {
      // Warnings come first.
      const lines = [
        ...head,
        ...frontend,
        "  acl a path_beg",
        "  bogus word",
        "backend b",
        "  server s 127.0.0.1:99999",
      ];
      const { path, done } = await check(t, lines);
      const error = await failureOf(done);
      assert.equal(error.code, "proxy-refused-config");
      assert.equal(
        error.message,
        `HAProxy refuses the new configuration: parsing [${path}:7] : unknown keyword 'bogus' in 'frontend' section; correct the template or the app`,
      );
      assert.deepEqual(error.facts, { line: "bogus word", lines: ["7", "9"], path });
    });

    test("finds the line of a server", async (t) => {
      const { path, done } = await check(t, [
        ...head,
        ...times,
        ...frontend,
        "backend b",
        "  server s 127.0.0.1:1 bogus",
      ]);
      const error = await failureOf(done);
      assert.ok(error.message.includes(`[${path}:10] : 'server b/s' : unknown keyword 'bogus'`), error.message);
      assert.equal(error.facts["line"], "server s 127.0.0.1:1 bogus");
    });

    test("says what is wrong with the whole", async (t) => {
      const { done } = await check(t, [...head, ...times, ...frontend, "  use_backend none"]);
      assert.match(
        (await failureOf(done)).message,
        /: Proxy 'in': unable to find required use_backend: 'none'\.; correct/,
      );
    });

    test("says that a file listens nowhere", async (t) => {
      const { done } = await check(t, [...head, ...times]);
      assert.match((await failureOf(done)).message, /no listener/);
    });
  });
