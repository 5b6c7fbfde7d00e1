import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { createStatusPage } from "../../../agent/status-page.ts";
import { root } from "../examples/files.ts";

test("the page runs its own script and style and nothing else, by their hashes", async () => {
  const { status, headers, body } = await createStatusPage(join(root, "templates/ui/status.html")).reply();
  assert.equal(status, 200);
  const policy = headers["Content-Security-Policy"] ?? "";
  for (const element of ["script", "style"]) {
    const contents = [...body.matchAll(new RegExp(`<${element}\\b[^>]*>([\\s\\S]*?)</${element}>`, "g"))].map(
      (match) => match[1] ?? "",
    );
    assert.equal(contents.length, 1);
    const hash = createHash("sha256")
      .update(contents[0] ?? "")
      .digest("base64");
    assert.ok(policy.includes(`${element}-src 'sha256-${hash}'`), element);
  }
  assert.doesNotMatch(policy, /unsafe|\*|http/);
});

test("it takes nothing from elsewhere, and is small", async () => {
  const { body } = await createStatusPage(join(root, "templates/ui/status.html")).reply();
  assert.doesNotMatch(body, /https?:\/\/|\/\/[\w-]+\.|innerHTML|\bon\w+="/);
  assert.ok(Buffer.byteLength(body) < 32 * 1024);
});

test("where it is not installed that is said", async () => {
  const { status, body } = await createStatusPage("/no/such/page.html").reply();
  assert.equal(status, 404);
  assert.match(body, /\/no\/such\/page\.html/);
});
