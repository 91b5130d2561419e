// The Transform streams.
import assert from 'node:assert/strict'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { Readable, Transform, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'

import { SynclineError, createDelta, createPatch, createSignature, delta, patch, signature } from 'syncline'

import { folder, noise, pair, sequence } from './data.mjs'

const same = (a, b) => Buffer.compare(a, b) === 0

/** What `stream` makes of `bytes`, which it gets in pieces of up to `most` bytes. */
async function through(stream, bytes, most = bytes.length, seed = 1) {
  const next = sequence(seed)
  function* pieces() {
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + next(most)
      yield bytes.subarray(at, at + length)
      at += length
    }
  }
  let made
  await pipeline(Readable.from(pieces(), { objectMode: false }), stream, async source => {
    made = await buffer(source)
  })
  return made
}

for (const format of ['native', 'rdiff', 'rollsum-md4']) {
  test(`random pieces give what one piece gives, ${format}`, async () => {
    const files = pair(20_000)
    const expected = await signature(files.old, { format })
    const change = await delta(expected, files.new)
    for (const [seed, most] of [20, 1000, 50_000].entries()) {
      const signing = createSignature({ format, basisLength: files.old.length })
      assert.ok(same(await through(signing, files.old, most, seed), expected))
      assert.equal(signing.report.basisLength, files.old.length)
      const comparing = createDelta(expected)
      assert.ok(same(await through(comparing, files.new, most, seed), change))
      assert.equal(comparing.report.newLength, files.new.length)
      const patching = createPatch(files.old)
      assert.ok(same(await through(patching, change, most, seed), files.new))
      assert.equal(patching.report.verified, format === 'native')
    }
  })
}

test('they are Transform streams that work between files', async t => {
  const at = await folder(t)
  const files = pair(3 << 20)
  await writeFile(at('old'), files.old)
  await writeFile(at('new'), files.new)
  assert.ok(createSignature() instanceof Transform)
  await pipeline(createReadStream(at('old')), createSignature(), createWriteStream(at('signature')))
  await pipeline(createReadStream(at('new')), createDelta(at('signature')), createWriteStream(at('delta')))
  await pipeline(createReadStream(at('delta')), createPatch(at('old')), createWriteStream(at('result')))
  assert.ok(same(await readFile(at('result')), files.new))
})

test('nothing in gives the signature, delta and result of nothing', async () => {
  const empty = Buffer.alloc(0)
  const made = await through(createSignature({ basisLength: 0 }), empty)
  assert.ok(same(made, await signature(empty)))
  const change = await through(createDelta(made), empty)
  assert.equal((await through(createPatch(empty), change)).length, 0)
})

test('a small delta of a large file comes out only as fast as it is read', async () => {
  const old = Buffer.alloc(64 << 20, 'again and again ')
  const change = await delta(await signature(old), old)
  assert.ok(change.length < 1000)
  const patching = createPatch(old)
  let ahead = 0
  let most = 0
  const push = patching.push.bind(patching)
  patching.push = bytes => {
    ahead += bytes?.length ?? 0
    most = Math.max(most, ahead)
    return push(bytes)
  }
  const slow = new Writable({
    highWaterMark: 1,
    write(bytes, _encoding, callback) {
      ahead -= bytes.length
      setImmediate(callback)
    },
  })
  await pipeline(Readable.from([change], { objectMode: false }), patching, slow)
  assert.ok(most > 0 && most <= 1 << 20, `${most} bytes were ahead of the reader`)
  assert.equal(ahead, 0)
})

test('errors come out of the pipeline', async () => {
  const files = pair()
  const made = await signature(files.old)
  const cases = [
    [() => createDelta(Buffer.from('not a signature')), files.new, 'NOT_A_SIGNATURE'],
    [() => createDelta('/no/such/file'), files.new, 'NOT_FOUND'],
    [() => createPatch('/no/such/file'), files.new, 'NOT_FOUND'],
    [() => createPatch(files.old), made, 'SWAPPED_ARGUMENTS'],
    [() => createPatch(files.new), await delta(made, files.new), 'WRONG_BASIS'],
    [() => createPatch(files.old), (await delta(made, files.new)).subarray(0, -1), 'TRUNCATED'],
    [() => createSignature({ blockLength: 7 }), files.old, 'INVALID_ARGUMENT'],
  ]
  for (const [create, bytes, code] of cases) {
    await assert.rejects(through(create(), bytes), error => {
      assert.ok(error instanceof SynclineError, String(error))
      assert.equal(error.code, code)
      return true
    })
  }
  assert.throws(() => createPatch(5), { code: 'INVALID_ARGUMENT' })
  assert.throws(() => createSignature({ format: 5 }), { code: 'INVALID_ARGUMENT' })
})

test('a wrong basis of the right length is found at the end', async () => {
  const old = noise(100_000)
  const change = await delta(await signature(old), old)
  const wrong = Buffer.from(old)
  wrong[500] ^= 1
  await assert.rejects(through(createPatch(wrong), change), { code: 'VERIFICATION_FAILED' })
})

test('an abort destroys them', async () => {
  const abort = new AbortController()
  async function* endless() {
    for (let count = 0; ; count += 1) {
      if (count === 20) abort.abort()
      yield Buffer.alloc(1 << 16)
    }
  }
  const comparing = createDelta(await signature(noise(100_000)))
  const sink = new Writable({ write: (_bytes, _encoding, callback) => callback() })
  await assert.rejects(pipeline(endless(), comparing, sink, { signal: abort.signal }), { name: 'AbortError' })
  assert.ok(comparing.destroyed)
  const early = createSignature({ signal: AbortSignal.abort() })
  await assert.rejects(buffer(early), { name: 'AbortError' })
})

test('one that is destroyed while it waits for its reader ends', async () => {
  const old = Buffer.alloc(4 << 20)
  const patching = createPatch(old)
  patching.write(Buffer.from(await delta(await signature(old), old)))
  await new Promise(resolve => patching.once('readable', resolve))
  patching.destroy()
  await new Promise(resolve => patching.once('close', resolve))
  assert.equal(patching.report, undefined)
})

test('the result of the stream is the result of the function', async () => {
  const files = pair(1 << 20)
  const change = await delta(await signature(files.old), files.new)
  assert.ok(same(await through(createPatch(files.old), change), await patch(files.old, change)))
})
