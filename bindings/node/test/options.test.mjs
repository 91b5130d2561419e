// The options as TypeScript, against the library's table. SYNCLINE_WRITE=1 writes them anew.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { generate, place } from '../scripts/generate-options.mjs'

test('ts/transfer-options.ts is what the table of options makes', async () => {
  const made = generate(createRequire(import.meta.url)('../syncline.node').optionTable())
  if (process.env.SYNCLINE_WRITE) await writeFile(place, made)
  assert.equal(await readFile(place, 'utf8'), made)
})
