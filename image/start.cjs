/*
 * Runs the bundled agent from V8's compiled form of it: that saves more than half of the time it takes to start. The
 * first run, while the image is built, writes that form; one of another Node is ignored by V8.
 */
"use strict";
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { Script } = require("node:vm");

const bundle = `${__dirname}/drove-gateway.cjs`;
const compiled = `${bundle}.compiled`;

const cachedData = existsSync(compiled) ? readFileSync(compiled) : undefined;
// The bundle is ASCII, which is read faster so.
const source = readFileSync(bundle, "latin1").replace(/^#!.*/, "");
const script = new Script(wrap(source), { filename: bundle, cachedData });
if (cachedData === undefined) process.once("exit", () => writeFileSync(compiled, script.createCachedData()));

process.argv[1] = bundle;
script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, __dirname);
