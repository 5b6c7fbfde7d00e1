import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { readTemplate } from "../../../agent/inputs/template-files.ts";
import { partialText } from "../../../agent/render/eta.ts";
import { newFolder } from "../apply/folder.ts";

const root = join(import.meta.dirname, "..", "..", "..");

test("the bundle has what Eta makes of every shipped template, under the text that is asked for", async (t) => {
  const output = join(await newFolder(t), "forms.mjs");
  execFileSync(process.execPath, [join(root, "image", "compile-templates.ts"), output], { stdio: "pipe" });
  const { shippedForms } = (await import(output)) as { readonly shippedForms: ReadonlyMap<string, object> };
  for (const name of ["nginx/nginx.conf.eta", "haproxy/haproxy.cfg.eta"]) {
    const { text, partials } = await readTemplate(join(root, "templates", name), []);
    for (const asked of [text, ...partials.map((partial) => partialText(partial.text))])
      assert.equal(typeof shippedForms.get(asked), "function", asked);
  }
});
