import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { docker } from "./support/container.ts";
import { type ProxyImages, proxies } from "./support/images.ts";

describe("the image", () => {
  for (const { proxy, image } of proxies.flatMap(onBothBases)) {
    it(`${image} says what it is and undoes what its base says`, async () => {
      const { Config } = JSON.parse(await docker("inspect", "--format", "{{json .}}", image));
      assert.deepEqual(Config.Entrypoint, ["/init"]);
      assert.equal(Config.Cmd ?? null, null);
      assert.equal(Config.StopSignal, "SIGTERM");
      assert.ok(["", "root"].includes(Config.User));
      assert.equal(Config.WorkingDir, "/");
      assert.deepEqual(Config.Healthcheck.Test, ["CMD", "/usr/bin/healthcheck"]);
      assert.ok("7000/tcp" in Config.ExposedPorts && "6000/tcp" in Config.ExposedPorts);
      const labels = ["title", "description", "licenses", "version", "revision", "created", "source", "base.name"];
      for (const label of labels) assert.ok(`org.opencontainers.image.${label}` in Config.Labels, label);
      assert.match(Config.Labels["org.opencontainers.image.base.name"], new RegExp(`^(${proxy}|debian):`));
    });
  }

  for (const { image } of proxies) {
    it(`${image} holds no build tools and no second Node`, async () => {
      const script =
        "command -v npm || true; ls -d /build /node_modules 2>/dev/null || true; ls /usr/share/drove-gateway";
      const list = await docker("run", "--rm", "--network", "none", image, "sh", "-c", script);
      const expected = [
        "drove-gateway.cjs",
        "drove-gateway.cjs.compiled",
        "gateway.schema.json",
        "start.cjs",
        "templates",
      ];
      assert.deepEqual(list.split("\n"), expected);
    });
  }

  for (const { image, proxy } of proxies) {
    it(`${image} holds what Eta makes of its template`, async () => {
      const begin = "# Written by Drove Gateway, generation";
      const template = `/usr/share/drove-gateway/templates/${proxy}/*.eta`;
      const script = `grep -l '${begin}' ${template} /usr/share/drove-gateway/drove-gateway.cjs | wc -l`;
      assert.equal(await docker("run", "--rm", "--network", "none", image, "sh", "-c", script), "2");
    });
  }

  for (const { image } of proxies) {
    it(`${image} holds what V8 compiled, in a form that its Node takes`, async () => {
      const script = `
        process.argv.push("-", "version");
        const vm = require("node:vm");
        const { Script } = vm;
        vm.Script = class extends Script {
          constructor(...args) { super(...args); console.log("refused:", this.cachedDataRejected); }
        };
        require("/usr/share/drove-gateway/start.cjs");`;
      const run = ["run", "--rm", "--network", "none", image];
      const flags = await docker(...run, "sh", "-c", "grep -o ' --[^ ]*=[^ ]*' /usr/local/bin/drove-gateway");
      const command = ["node", ...flags.split(/\s+/).filter((flag) => flag !== ""), "-e", script];
      assert.match(await docker(...run, ...command), /^refused: false$/m);
    });
  }
});

function onBothBases({ proxy, image, debian }: ProxyImages) {
  return [
    { proxy, image },
    { proxy, image: debian },
  ];
}
