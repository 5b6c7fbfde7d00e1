/*
 * What undici uses of `node:assert`, for the bundle: a call with a value. Loading the whole of it takes 6 ms of every
 * start, mostly for the differences that it can draw.
 */
"use strict";
module.exports = function assert(value, message = "an assertion of a library does not hold") {
  if (!value) throw message instanceof Error ? message : new Error(message);
};
