// The best time of a few runs of a transfer that has nothing to do, with a progress callback: no_change.mjs FROM/ TO ROUNDS, in seconds.
import assert from 'node:assert/strict'

import { sync } from '../bindings/node/dist/index.js'

const [source, destination, rounds] = process.argv.slice(2)
const seen = []
let best = Infinity
for (let round = 0; round < Number(rounds); round += 1) {
  const start = process.hrtime.bigint()
  const report = await sync(source, destination, { archive: true, onProgress: progress => seen.push(progress) })
  best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9)
  assert.equal(report.filesTransferred, 0)
}
assert.equal(seen.at(-1).bytesDone, seen.at(-1).bytesTotal)
console.log(best)
