/*
 * Runs the bundled agent from V8's compiled form of it: that saves more than half of the time it takes to start. The
 * first run, while the image is built, writes that form; one of another Node is ignored by V8. It holds what was compiled
 * when the agent started the proxy: a start would read the rest in vain.
 */
"use strict";
const { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, watch, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { Script } = require("node:vm");

const bundle = `${__dirname}/drove-gateway.cjs`;
const compiled = `${bundle}.compiled`;

const cachedData = existsSync(compiled) ? readFileSync(compiled) : undefined;
const script = new Script(readWrapped(bundle), { filename: bundle, cachedData });
if (cachedData === undefined) {
  const watcher = watch("/run/service/proxy/data", (_, name) => {
    // What tells the proxy's run script its config file.
    if (name !== "config") return;
    watcher.close();
    writeFileSync(compiled, script.createCachedData());
  });
}

process.argv[1] = bundle;
script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, __dirname);

/** The file as a function, as Node wraps it; made in one piece, as it is long. The bundle is ASCII, which is read faster so. */
function readWrapped(path) {
  const [head, tail] = wrap("\0").split("\0");
  // Its first line may be that of an interpreter.
  const comment = `${head}//`;
  const file = openSync(path);
  const { size } = fstatSync(file);
  const whole = Buffer.allocUnsafe(comment.length + size + tail.length);
  whole.write(comment, "latin1");
  const read = readSync(file, whole, comment.length, size);
  closeSync(file);
  if (read !== size) throw new Error(`${path}: cannot be read whole`);
  whole.write(tail, comment.length + size, "latin1");
  return whole.latin1Slice();
}
