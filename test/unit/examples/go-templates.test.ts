import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { caseFolders, renderCase } from "../../golden/golden-case.ts";
import { find, readText, root } from "./files.ts";

/*
 * The Go templates among the examples say the same as the shipped ones: the golden cases are rendered with them. Left out
 * are cases that have a template of their own, and what a Go template cannot say.
 */

const folder = join(root, "examples", "go-templates");

/** The generation is a hash of the text; comments may differ, and so it does. */
const withoutGeneration = (text: string) => text.replaceAll(/\b[0-9a-f]{16}\b/g, "GENERATION");

/** `except` are names of cases, `without` is what the text of a case must not have. */
function expectSame(
  template: string,
  { platform, except, without }: { platform: "nginx" | "haproxy"; except: RegExp; without?: RegExp },
): void {
  const isMeant = (one: string) =>
    without === undefined || !without.test(readFileSync(join(one, "expected.conf"), "utf8"));
  const cases = caseFolders(platform).filter((one) => !except.test(basename(one)) && isMeant(one));
  test(`${template} is tried with enough`, () => assert.ok(cases.length >= 8, String(cases.length)));
  for (const one of cases) {
    test(`${template} makes the same of ${basename(one)}`, async () => {
      // A Go template cannot quote: its user knows what the gateway is called.
      const xproxy = "gateway-1";
      const text = await renderCase(one, { xproxy, [`${platform}_template`]: join(folder, template) });
      const expected = await renderCase(one, { xproxy });
      assert.equal(withoutGeneration(text), withoutGeneration(expected));
    });
  }
}

describe("the Go templates of the examples", () => {
  expectSame("nginx.tmpl", { platform: "nginx", except: /^(legacy-flat|routing-tag-groups|nginx-plus.*)$/ });
  expectSame("haproxy-header.tmpl", { platform: "haproxy", except: /^haproxy-go-template$/ });
  expectSame("haproxy.tmpl", {
    platform: "haproxy",
    except: /^haproxy-go-template$/,
    without: /groups-|stick on|cookie drove_gateway/,
  });

  test("are each told of in their README", () => {
    const readme = readText("examples/go-templates/README.md");
    for (const path of find("examples/go-templates/*.tmpl")) assert.ok(readme.includes(`\`${basename(path)}\``), path);
  });
});
