// Makes a signature of OLD, a delta from it to NEW, and NEW again of OLD and the delta.
// Usage, after `npm install` here: node delta.mjs OLD NEW
import { readFile } from 'node:fs/promises'

import { delta, inspect, patch, signature } from 'syncline'

const [oldPath, newPath] = process.argv.slice(2)
if (oldPath === undefined || newPath === undefined) {
  console.error('usage: node delta.mjs OLD NEW')
  process.exit(2)
}

const made = await signature(oldPath)
const change = await delta(made, newPath)
const result = await patch(oldPath, change)

const found = await inspect(change)
console.log(`signature ${made.length} bytes, delta ${change.length} bytes`)
if (found.content === 'delta') console.log(`${found.copiedBytes} bytes copied from the old file, ${found.literalBytes} carried`)
const equal = Buffer.compare(result, await readFile(newPath)) === 0
console.log(equal ? 'verified: the result is the new file' : 'the result is not the new file')
process.exitCode = equal ? 0 : 1
