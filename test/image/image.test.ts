import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { docker } from "./support/container.ts";
import { debianImage, defaultImage } from "./support/images.ts";

describe("the image", () => {
  for (const image of [defaultImage, debianImage]) {
    it(`${image} says what it is and undoes what its base says`, async () => {
      const { Config } = JSON.parse(await docker("inspect", "--format", "{{json .}}", image));
      assert.deepEqual(Config.Entrypoint, ["/init"]);
      assert.equal(Config.Cmd ?? null, null);
      assert.equal(Config.StopSignal, "SIGTERM");
      assert.ok(["", "root"].includes(Config.User));
      assert.deepEqual(Config.Healthcheck.Test, ["CMD", "/usr/bin/healthcheck"]);
      assert.ok("7000/tcp" in Config.ExposedPorts && "6000/tcp" in Config.ExposedPorts);
      const labels = ["title", "description", "licenses", "version", "revision", "created", "source", "base.name"];
      for (const label of labels) assert.ok(`org.opencontainers.image.${label}` in Config.Labels, label);
      assert.match(Config.Labels["org.opencontainers.image.base.name"], /^(nginx|debian):/);
    });
  }

  it("holds what V8 compiled, in a form that this Node takes", async () => {
    const script = `
      process.argv.push("-", "version");
      const vm = require("node:vm");
      const { Script } = vm;
      vm.Script = class extends Script {
        constructor(...args) { super(...args); console.log("refused:", this.cachedDataRejected); }
      };
      require("/usr/share/drove-gateway/start.cjs");`;
    const flags = await docker(
      "run",
      "--rm",
      "--network",
      "none",
      defaultImage,
      "sh",
      "-c",
      "grep -o ' --[^ ]*=[^ ]*' /usr/local/bin/drove-gateway",
    );
    const command = ["node", ...flags.split(/\s+/).filter((flag) => flag !== ""), "-e", script];
    const said = await docker("run", "--rm", "--network", "none", defaultImage, ...command);
    assert.match(said, /^refused: false$/m);
  });

  it("holds no build tools and no second Node", async () => {
    const script =
      "command -v npm || true; ls -d /build /node_modules 2>/dev/null || true; ls /usr/share/drove-gateway";
    const list = await docker("run", "--rm", "--network", "none", defaultImage, "sh", "-c", script);
    assert.deepEqual(list.split("\n"), ["drove-gateway.cjs", "drove-gateway.cjs.compiled", "start.cjs", "templates"]);
  });
});
