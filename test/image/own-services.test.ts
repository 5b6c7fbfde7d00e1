import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startContainer } from "./support/container.ts";
import { folderWith } from "./support/folder.ts";
import { startGateway, startShop } from "./support/gateway.ts";

describe("what images built on this one may add", () => {
  it("start and end scripts and services, also such as were written for s6-overlay", async (t) => {
    const folder = await folderWith(t, {
      "50-start": '#!/command/with-contenv bash\necho "start script: $GREETING"\n',
      "50-end": "#!/bin/sh\necho end script\n",
    });
    const service = join(folder, "greeter");
    await mkdir(join(service, "log"), { recursive: true });
    await writeFile(
      join(service, "run"),
      "#!/command/execlineb -P\nimportas G GREETING\nforeground { echo service: $G } s6-pause\n",
    );
    await writeFile(join(service, "log/run"), "#!/bin/sh\nexec s6-log -b p'by its logger:' 1\n");
    for (const file of ["50-start", "50-end", "greeter/run", "greeter/log/run"]) await chmod(join(folder, file), 0o755);

    const gateway = await startGateway(t, await startShop(t), {
      env: { GREETING: "hello" },
      flags: [
        ["50-start", "/etc/cont-init.d/50-start"],
        ["50-end", "/etc/cont-finish.d/50-end"],
        ["greeter", "/etc/services.d/greeter"],
      ].flatMap(([from, to]) => ["--volume", `${folder}/${from}:${to}:ro`]),
    });
    await gateway.serves();
    await gateway.logged(/^start script: hello$/);
    await gateway.logged(/^by its logger: service: hello$/);
    const { exitCode, tookMs } = await gateway.stop();
    assert.equal(exitCode, 0);
    assert.ok(tookMs < 5000, `${tookMs} ms`);
    await gateway.logged(/^end script$/);
  });

  it("a start script that fails ends the container with its code", async (t) => {
    const folder = await folderWith(t, { "50-start": "#!/bin/sh\nexit 12\n" });
    await chmod(join(folder, "50-start"), 0o755);
    const container = await startContainer(t, {
      flags: ["--volume", `${folder}/50-start:/etc/cont-init.d/50-start:ro`],
    });
    assert.equal(await container.ended(), 12);
    assert.match((await container.logs()).stderr, /50-start failed with code 12/);
  });
});
