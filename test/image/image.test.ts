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
      const expected = ["drove-gateway.cjs", "drove-gateway.cjs.compiled", "start.cjs", "templates"];
      assert.deepEqual(list.split("\n"), expected);
    });
  }
});

function onBothBases({ proxy, image, debian }: ProxyImages) {
  return [
    { proxy, image },
    { proxy, image: debian },
  ];
}
