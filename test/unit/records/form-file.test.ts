import assert from "node:assert/strict";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { KeptForm } from "../../../agent/quarantine/kept-form.ts";
import { createFormFile } from "../../../agent/records/form-file.ts";
import { newFolder } from "../apply/folder.ts";

const timeoutMs = () => 5000;

function form(name: string, tags: Readonly<Record<string, string>> = { rate: "1m" }): KeptForm {
  const hosts = [{ host: "10.0.0.1", port: 80, portType: "HTTP" }];
  return { namespace: "a", since: 5, app: { appName: name, appId: `${name}-1`, vhost: `${name}.test`, tags, hosts } };
}

describe("the forms of apps in quarantine", () => {
  test("are there for the next agent, and for nobody else to read; the directory need not be", async (t) => {
    const directory = join(await newFolder(t), "state");
    const file = createFormFile(directory, { timeoutMs });
    assert.deepEqual(await file.load(), []);
    for (const forms of [[form("a"), form("b", {})], []]) {
      assert.equal(await file.save(forms), forms.length);
      assert.deepEqual(await createFormFile(directory, { timeoutMs }).load(), forms);
    }
    const { mode } = await stat(join(directory, "quarantine", "forms.json"));
    assert.equal(mode & 0o077, 0);
  });

  test("that do not fit are left out, the last ones first", async (t) => {
    const directory = await newFolder(t);
    const file = createFormFile(directory, { timeoutMs, limitBytes: 500 });
    const forms = ["a", "b", "c", "d"].map((name) => form(name));
    const count = await file.save(forms);
    assert.ok(count > 0 && count < forms.length, `${count}`);
    assert.deepEqual(await file.load(), forms.slice(0, count));
    const path = join(directory, "quarantine", "forms.json");
    assert.ok((await stat(path)).size <= 500);
    await writeFile(path, " ".repeat(501));
    await assert.rejects(file.load(), { code: "disk-failed", message: /more than the agent ever writes/ });
  });

  test("that are cut, corrupt, of another version or unreadable are an error that names the file", async (t) => {
    const directory = await newFolder(t);
    const file = createFormFile(directory, { timeoutMs });
    const path = join(directory, "quarantine", "forms.json");
    await mkdir(join(directory, "quarantine"));
    const whole = JSON.stringify({ schemaVersion: 1, forms: [form("a")] });
    const spoiled = [
      "",
      "[]",
      whole.slice(0, -9),
      "\0".repeat(100),
      whole.replace(":1,", ":2,"),
      whole.replace("80", '"80"'),
      whole.replace('"1m"', "{}"),
    ];
    for (const text of spoiled) {
      await writeFile(path, text);
      await assert.rejects(file.load(), { code: "disk-failed", message: /forms\.json/ }, text);
    }
    const other = createFormFile(join(directory, "quarantine", "forms.json"), { timeoutMs });
    await assert.rejects(other.load(), { code: "disk-failed" });
    await assert.rejects(other.save([form("a")]), { code: "disk-failed" });
    await file.save([form("a")]);
    assert.deepEqual(await file.load(), [form("a")], "and are replaced");
  });

  test("that a killed agent was about to write do not stay", async (t) => {
    const directory = await newFolder(t);
    await mkdir(join(directory, "quarantine"));
    await writeFile(join(directory, "quarantine", ".forms.json.tmp-0a1b2c"), "{");
    await createFormFile(directory, { timeoutMs }).save([]);
    assert.deepEqual(await readdir(join(directory, "quarantine")), ["forms.json"]);
  });
});
