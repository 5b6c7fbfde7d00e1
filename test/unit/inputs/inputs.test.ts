import assert from "node:assert/strict";
import { symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { compileTemplate, inputsOf, loadTemplate, readSource, templatePath } from "../../../agent/inputs/inputs.ts";
import { readTemplate } from "../../../agent/inputs/template-files.ts";
import { failureOf } from "../apply/folder.ts";
import { configOf, dataOf, world } from "../render/fixtures.ts";
import { engineSettings, folderWith } from "./fixtures.ts";

test("the template is the user's, else the shipped one of the proxy", () => {
  const path = (changes: Readonly<Record<string, unknown>>) => templatePath(configOf(changes), "/share");
  assert.equal(path({}), "/share/nginx/nginx.conf.eta");
  assert.equal(path({ nginx_template: "/etc/x.eta", haproxy_template: "/etc/h.eta" }), "/etc/x.eta");
  assert.equal(path({ proxy_platform: "haproxy", haproxysocketaddr: "/run/h.sock" }), "/share/haproxy/haproxy.cfg.eta");
  assert.equal(path({ proxy_platform: "haproxy", haproxy_template: "/etc/h.eta" }), "/etc/h.eta");
});

describe("partials", () => {
  const names = async (path: string, patterns: readonly string[]) =>
    (await readTemplate(path, patterns)).partials.map((one) => `${one.name}=${one.text}`);

  test("are the files of the folder beside the template that end like it, sorted", async (t) => {
    const folder = await folderWith(t, {
      "main.eta": "m",
      "partials/b.eta": "B",
      "partials/a.eta": "A",
      "partials/c.txt": "C",
    });
    assert.deepEqual(await names(join(folder, "main.eta"), []), ["a=A", "b=B"]);
  });

  test("may be named by patterns relative to the template, each once", async (t) => {
    const folder = await folderWith(t, { "main.eta": "m", "x/a.eta": "A", "y.eta": "Y" });
    assert.deepEqual(await names(join(folder, "main.eta"), ["x/*.eta", "x/a.eta", "y.eta", "*.eta"]), ["a=A", "y=Y"]);
  });

  test("that are named must be there; those of a pattern need not", async (t) => {
    const folder = await folderWith(t, { "main.eta": "m" });
    assert.deepEqual(await names(join(folder, "main.eta"), ["none/*.eta"]), []);
    const error = await failureOf(readTemplate(join(folder, "main.eta"), ["none.eta"]));
    assert.equal(error.code, "template-unreadable");
    assert.ok(error.message.startsWith(`cannot read the template ${join(folder, "none.eta")}: ENOENT`));
  });

  test("are not taken for gone where their folder cannot be read", async (t) => {
    const folder = await folderWith(t, { "main.eta": "m" });
    await symlink("partials", join(folder, "partials"));
    for (const patterns of [[], ["partials/*.eta"], ["partials/[a-z]*.eta"], ["./partials/**/*.eta"]]) {
      const error = await failureOf(readTemplate(join(folder, "main.eta"), patterns));
      assert.deepEqual(
        [error.code, /partials: ELOOP/.test(error.message)],
        ["template-unreadable", true],
        `${patterns}`,
      );
    }
  });
});

describe("a loaded template", () => {
  test("renders, and names every file whose change counts", async (t) => {
    const folder = await folderWith(t, { "main.eta": '<%~ include("a") %>', "partials/a.eta": "<%= it.ProxyPort %>" });
    const config = configOf({ nginx_template: join(folder, "main.eta") });
    const { template, files } = await loadTemplate(config, engineSettings("/share"));
    assert.equal(template.render(dataOf(), world), "7000");
    assert.deepEqual(
      files,
      ["main.eta", "partials/a.eta", "partials"].map((name) => join(folder, name)),
    );
  });

  test("names the folders in which its partials may come, empty or missing ones as well", async (t) => {
    const folder = await folderWith(t, { "main.eta": "m", "parts/a.eta": "A" });
    const foldersOf = async (...template_partials: readonly string[]) => {
      const config = configOf({ nginx_template: join(folder, "main.eta"), template_partials });
      const { files } = await loadTemplate(config, engineSettings("/share"));
      return files.filter((file) => !file.endsWith(".eta")).map((file) => relative(folder, file));
    };
    assert.deepEqual(await foldersOf(), ["partials"]);
    assert.deepEqual(await foldersOf("snippets/*.eta"), ["snippets"]);
    assert.deepEqual(await foldersOf("./snippets/*/[a-z]*.eta", "../x/**/*.eta"), ["snippets", "../x"]);
    assert.deepEqual(await foldersOf(join(folder, "far", "*.eta")), ["far"]);
    assert.deepEqual(await foldersOf("parts/a.eta", "parts/*.eta", "*.eta"), ["parts", ""]);
  });

  test("is compiled once per edit", async (t) => {
    const folder = await folderWith(t, { "main.eta": "one" });
    const config = configOf({ nginx_template: join(folder, "main.eta") });
    const read = () => readSource(config, engineSettings("/share"));
    const first = compileTemplate(await read());
    assert.equal(compileTemplate(await read(), first), first);
    await writeFile(join(folder, "main.eta"), "two");
    const edited = compileTemplate(await read(), first);
    assert.equal(edited.template.render(dataOf(), world), "two");
  });

  test("has another name when a file, a delimiter or the engine is another, and only then", async (t) => {
    const folder = await folderWith(t, { "main.eta": "m", "partials/a.eta": "A" });
    const idOf = async (changes: Readonly<Record<string, unknown>> = {}) =>
      (await loadTemplate(configOf({ nginx_template: join(folder, "main.eta"), ...changes }), engineSettings("/share")))
        .templateId;
    const first = await idOf();
    assert.equal(await idOf({ proxy_port: 7001 }), first);
    assert.notEqual(await idOf({ left_delimiter: "[[" }), first);
    await writeFile(join(folder, "partials/a.eta"), "B");
    assert.notEqual(await idOf(), first);
  });

  test("that no engine takes is told", async (t) => {
    const folder = await folderWith(t, { "main.xyz": "m" });
    const path = join(folder, "main.xyz");
    const error = await failureOf(loadTemplate(configOf({ nginx_template: path }), engineSettings("/share")));
    assert.equal(error.message, `${path}: no template engine for this file; its name must end in .eta`);
  });

  test("that cannot be read is told with its path", async () => {
    const error = await failureOf(loadTemplate(configOf({ nginx_template: "/none/x.eta" }), engineSettings("/share")));
    assert.equal(error.code, "template-unreadable");
    assert.match(error.message, /^cannot read the template \/none\/x\.eta: ENOENT/);
  });
});

test("inputs name the file that the proxy reads, and change their name with the configuration", async (t) => {
  const folder = await folderWith(t, { "main.eta": "m" });
  const { hash } = engineSettings("/share");
  const config = configOf({ nginx_template: join(folder, "main.eta"), nginx_config: "/etc/nginx/nginx.conf" });
  const loaded = await loadTemplate(config, engineSettings("/share"));
  const inputs = inputsOf(config, loaded, hash);
  assert.deepEqual(
    [inputs.configFile, inputs.template, inputs.templateId],
    ["/etc/nginx/nginx.conf", loaded.template, loaded.templateId],
  );
  assert.equal(inputsOf({ ...config }, loaded, hash).configId, inputs.configId);
  assert.notEqual(inputsOf({ ...config, proxy_port: 7001 }, loaded, hash).configId, inputs.configId);
  assert.equal(inputsOf({ ...config, proxy_platform: "haproxy" }, loaded, hash).configFile, "/etc/haproxy/haproxy.cfg");
});
