// The vectors that every language runs (tests/vectors/README.md).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as syncline from 'syncline'

function vectors(name) {
  const text = readFileSync(new URL(`../../../tests/vectors/${name}.tsv`, import.meta.url), 'utf8')
  const [head, ...lines] = text.split('\n').filter(line => line !== '')
  const fields = head.slice(1).split('\t')
  return lines.map(line => Object.fromEntries(line.split('\t').map((value, i) => [fields[i], value])))
}

const hex = text => Buffer.from(text, 'hex')

/** Runs every line of a file, and shows that there are some. */
function each(file, run) {
  test(`${file}.tsv`, async () => {
    const lines = vectors(file)
    assert.ok(lines.length > 10)
    for (const line of lines) await run(line)
  })
}

each('signatures', async line => {
  const made = await syncline.signature(hex(line.basis), {
    format: line.format,
    blockLength: Number(line.block_length),
    strongLength: Number(line.strong_length),
  })
  assert.equal(Buffer.from(made).toString('hex'), line.signature, line.name)
})

each('deltas', async line => {
  const options = line.mode === 'native' ? { compression: 'none' } : { mode: line.mode }
  const made = await syncline.delta(hex(line.signature), hex(line.new), options)
  assert.equal(Buffer.from(made).toString('hex'), line.delta, line.name)
  assert.deepEqual(Buffer.from(await syncline.patch(hex(line.basis), made)), hex(line.new), line.name)
})

each('patches', async line => {
  assert.deepEqual(Buffer.from(await syncline.patch(hex(line.basis), hex(line.delta))), hex(line.new), line.name)
})

each('errors', async line => {
  const operations = {
    'load-signature': () => syncline.delta(hex(line.input), new Uint8Array()),
    patch: () => syncline.patch(hex(line.basis), hex(line.input)),
    inspect: () => syncline.inspect(hex(line.input)),
  }
  await assert.rejects(operations[line.operation](), error => {
    assert.ok(error instanceof syncline.SynclineError)
    assert.equal(error.code, line.kind, line.name)
    assert.ok(error.message.length > 10)
    return true
  })
})
