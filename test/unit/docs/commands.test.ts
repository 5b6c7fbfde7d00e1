import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { execa } from "execa";
import { parseCommand, usage } from "../../../agent/cli/arguments.ts";
import { documentedCommands } from "../../../docs/generate/commands.ts";
import { find, root } from "../examples/files.ts";

const sample = `Usage: drove-gateway [run] [-f FILE]            keep it in step

Of a running one (each also takes --json):
       drove-gateway plan [-f FILE]             what would change
       drove-gateway freeze [-f FILE] [--for 2h]
                                                hold all changes

Without a running one:
       drove-gateway -sync-state [-f FILE]
                                                fill the blocks
       drove-gateway version                    also -v

Without -f: the usual file.`;

describe("the usage text", () => {
  test("is read command by command, with descriptions and flags", () => {
    assert.deepEqual(documentedCommands(sample), [
      { name: "run", synopsis: "[run] [-f FILE]", description: "keep it in step", flags: ["-f"] },
      { name: "plan", synopsis: "plan [-f FILE]", description: "what would change", flags: ["-f", "--json"] },
      {
        name: "freeze",
        synopsis: "freeze [-f FILE] [--for 2h]",
        description: "hold all changes",
        flags: ["-f", "--for", "--json"],
      },
      { name: "-sync-state", synopsis: "-sync-state [-f FILE]", description: "fill the blocks", flags: ["-f"] },
      { name: "version", synopsis: "version", description: "also -v", flags: [] },
    ]);
  });

  test("names commands that there are, each with a description", () => {
    const commands = documentedCommands(usage);
    const operands = new Map(Object.entries({ explain: ["a.test"], rollback: ["1"], test: ["folder"] }));
    assert.ok(commands.length >= 6);
    for (const { name, description } of commands) {
      assert.notEqual(description, "", name);
      assert.notEqual(parseCommand([name, ...(operands.get(name) ?? [])]).name, "help");
    }
  });
});

describe("the packages' scripts are sound", () => {
  for (const path of find("packaging/{*.sh,debian/*,tree/usr/bin/drove-gateway,generated/*.bash}")) {
    if (/control|conffiles/.test(path)) continue;
    test(path, async () => {
      await execa("bash", ["-n", path], { cwd: root });
    });
  }
});
