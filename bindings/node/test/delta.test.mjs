// The Promise functions: content and paths, options, output files, errors, progress, stopping.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { getSystemErrorName } from 'node:util'

import { SynclineError, delta, diff, inspect, patch, signature } from 'syncline'

import { folder, noise, pair } from './data.mjs'

const FORMATS = ['native', 'rollsum-md4', 'rollsum-blake2', 'rabinkarp-md4', 'rabinkarp-blake2']
const same = (a, b) => Buffer.compare(a, b) === 0

for (const format of FORMATS) {
  test(`a new file comes back from its delta, ${format}`, async () => {
    const files = pair()
    const made = await signature(files.old, { format })
    assert.ok(made instanceof Uint8Array && made.length < files.old.length / 10)
    const change = await delta(made, files.new)
    assert.ok(change.length < 10_000)
    assert.ok(same(await patch(files.old, change), files.new))
  })
}

test('two files at hand make a smaller delta', async () => {
  const files = pair()
  const blocks = await delta(await signature(files.old), files.new)
  for (const format of ['native', 'librsync']) {
    const change = await diff(files.old, files.new, { format })
    assert.equal((await inspect(change)).format, format)
    assert.ok(change.length < blocks.length)
    assert.ok(same(await patch(files.old, change), files.new))
  }
})

test('paths give what content gives, as strings, URLs and bytes', async t => {
  const at = await folder(t)
  const files = pair()
  await writeFile(at('old'), files.old)
  await writeFile(at('new'), files.new)
  const fromContent = await signature(files.old)
  for (const path of [at('old'), pathToFileURL(at('old')), { path: at('old') }, { path: Buffer.from(at('old')) }]) {
    assert.ok(same(await signature(path), fromContent))
  }
  assert.ok(same(await delta(fromContent, at('new')), await delta(fromContent, files.new)))
  assert.ok(same(await diff(at('old'), files.new), await diff(files.old, at('new'))))
})

test('results go to files, with a report', async t => {
  const at = await folder(t)
  const files = pair()
  await writeFile(at('old'), files.old)
  await writeFile(at('new'), files.new)
  const signed = await signature(at('old'), { output: at('signature') })
  assert.equal(signed.basisLength, files.old.length)
  assert.equal(signed.signatureLength, (await stat(at('signature'))).size)
  const changed = await delta(at('signature'), at('new'), { output: pathToFileURL(at('delta')) })
  assert.equal(changed.copiedBytes + changed.literalBytes, files.new.length)
  assert.match(changed.newHash, /^[0-9a-f]{64}$/)
  const patched = await patch(at('old'), at('delta'), { output: at('result') })
  assert.deepEqual(patched.verified, true)
  assert.ok(same(await readFile(at('result')), files.new))

  await assert.rejects(patch(at('old'), at('delta'), { output: at('result') }), { code: 'ALREADY_EXISTS' })
  await patch(at('old'), at('delta'), { output: at('old'), overwrite: true })
  assert.ok(same(await readFile(at('old')), files.new), 'the new file took the place of the old one')
})

test('sparse output has holes', async t => {
  const at = await folder(t)
  const zeros = Buffer.alloc(4 << 20)
  const change = await delta(await signature(new Uint8Array()), zeros)
  await writeFile(at('empty'), '')
  await patch(at('empty'), change, { output: at('full') })
  await patch(at('empty'), change, { output: at('sparse'), sparse: true })
  assert.ok((await stat(at('sparse'))).blocks < (await stat(at('full'))).blocks / 2)
  assert.ok(same(await readFile(at('sparse')), zeros))
})

test('options are what core makes of them', async () => {
  const { old, new: changed } = pair()
  const details = await inspect(await signature(old, { format: 'rdiff', blockLength: 1000, strongLength: 8 }))
  assert.equal(details.content, 'signature')
  assert.deepEqual(
    [details.format, details.blockLength, details.strongLength, details.blocks],
    ['rabinkarp-blake2', 1000, 8, 300],
  )
  const lengths = await Promise.all(
    ['minimum', 'max'].map(async strongLength => (await signature(old, { format: 'rdiff', strongLength })).length),
  )
  assert.ok(lengths[0] < lengths[1])

  const native = await signature(old)
  const text = Buffer.concat([changed, Buffer.alloc(100_000, 'compressible ')])
  const [none, fast, small] = await Promise.all(
    ['none', 1, 19].map(compression => delta(native, text, { compression })),
  )
  assert.ok(none.length > 100_000 && fast.length < 10_000 && small.length <= fast.length)
  assert.equal((await inspect(none)).compressedLength, 0)
  assert.ok((await inspect(fast)).uncompressedLength > 100_000)

  const rdiff = await signature(old, { format: 'rdiff' })
  const plain = await delta(rdiff, noise(200_000, 'other'))
  const checked = await delta(rdiff, noise(200_000, 'other'), { check: true })
  assert.equal((await inspect(plain)).result, undefined)
  assert.equal((await inspect(checked)).result.length, 200_000)
  assert.ok(!same(plain, await delta(rdiff, noise(200_000, 'other'), { generation: 1 })))
  const compact = await delta(rdiff, Buffer.concat([old, old]), { mode: 'compact' })
  assert.ok(compact.length < (await delta(rdiff, Buffer.concat([old, old]))).length + 100)
})

test('any count of workers gives the same bytes', async () => {
  const old = noise(6 << 20)
  const changed = Buffer.concat([old.subarray(0, 3 << 20), Buffer.from('x'), old.subarray(3 << 20)])
  const one = await signature(old)
  const deltaOfOne = await delta(one, changed)
  for (const workers of [0, 2, 5]) {
    assert.ok(same(await signature(old, { workers }), one))
    assert.ok(same(await delta(one, changed, { workers }), deltaOfOne))
  }
})

test('arguments out of bounds are refused with a promise, never by a throw', async () => {
  const bytes = new Uint8Array(10)
  const cases = [
    () => signature(5),
    () => signature(null),
    () => signature(bytes, { format: 'rsync' }),
    () => signature(bytes, { format: 5 }),
    () => signature(bytes, { blockLength: 0.5 }),
    () => signature(bytes, { blockLength: -1 }),
    () => signature(bytes, { blockLength: 2 ** 40 }),
    () => signature(bytes, { format: 'rollsum-md4', strongLength: 17 }),
    () => signature(bytes, { strongLength: 'some' }),
    () => signature(bytes, { workers: NaN }),
    () => signature(bytes, { output: 7 }),
    () => signature('a\0b'),
    () => signature(new URL('https://example.org/')),
    () => delta(bytes, bytes, { compression: 20.5 }),
    () => delta(bytes, bytes, { mode: 'fast' }),
    () => delta(bytes, bytes, { generation: 3 }),
    () => diff(bytes, bytes, { compression: 99 }),
    () => diff(bytes, bytes, { format: 'vcdiff' }),
    () => patch(bytes, bytes, { maxOutputLength: -1 }),
  ]
  for (const call of cases) {
    await assert.rejects(call(), error => {
      assert.ok(error instanceof SynclineError, `${call}: ${error}`)
      assert.equal(error.code, 'INVALID_ARGUMENT', `${call}: ${error}`)
      return true
    })
  }
})

test('errors name the path, the number and what to do', async t => {
  const at = await folder(t)
  await assert.rejects(signature(at('missing')), error => {
    assert.equal(error.name, 'SynclineError')
    assert.equal(error.code, 'NOT_FOUND')
    assert.equal(error.path, at('missing'))
    assert.deepEqual(Buffer.from(error.pathBytes), Buffer.from(at('missing')))
    assert.equal(getSystemErrorName(error.errno), 'ENOENT')
    return true
  })
  await mkdir(at('directory'))
  await assert.rejects(signature(at('directory')), { code: 'NOT_A_FILE', path: at('directory') })

  const files = pair()
  const [made, change] = [await signature(files.old), await diff(files.old, files.new)]
  await assert.rejects(delta(change, files.new), { code: 'SWAPPED_ARGUMENTS' })
  await assert.rejects(patch(files.old, made), { code: 'SWAPPED_ARGUMENTS' })
  await assert.rejects(patch(files.new, change), { code: 'WRONG_BASIS' })
  const wrong = Buffer.from(files.old)
  wrong[0] ^= 1
  await assert.rejects(patch(wrong, change), { code: 'WRONG_BASIS' })
  await assert.rejects(patch(files.old, change.subarray(0, -1)), { code: 'TRUNCATED' })
  await assert.rejects(patch(files.old, change, { maxOutputLength: 1000 }), { code: 'LIMIT_EXCEEDED' })

  await writeFile(at('wrong'), wrong)
  await assert.rejects(patch(at('wrong'), change, { output: at('result') }), { code: 'WRONG_BASIS' })
  assert.deepEqual((await readdir(at())).sort(), ['directory', 'wrong'], 'no output appeared')
})

test('a path that is not UTF-8 is as good as any other', async t => {
  const at = await folder(t)
  const path = Buffer.concat([Buffer.from(at('caf')), Buffer.from([0xe9])])
  await assert.rejects(inspect({ path }), error => {
    assert.equal(error.path, at('caf\ufffd'))
    assert.deepEqual(Buffer.from(error.pathBytes), path)
    return true
  })
  await signature(new Uint8Array(5), { output: path })
  assert.equal((await inspect({ path })).blocks, 1)
})

test('a file that may not be read is PERMISSION_DENIED', { skip: process.getuid?.() === 0 && 'root may read everything' }, async t => {
  const at = await folder(t)
  await writeFile(at('secret'), 'secret')
  await chmod(at('secret'), 0)
  await assert.rejects(signature(at('secret')), { code: 'PERMISSION_DENIED', path: at('secret') })
})

test('bytes in shared memory, and more pieces of work than there are places', async () => {
  const old = noise(100_000)
  const expected = await signature(old)
  const shared = new Uint8Array(new SharedArrayBuffer(old.length))
  shared.set(old)
  const many = await Promise.all(Array.from({ length: 200 }, () => signature(shared)))
  assert.ok(many.every(made => same(made, expected)))
})

test('progress is absolute, never runs backwards, and ends at the end', async t => {
  const at = await folder(t)
  await writeFile(at('big'), '')
  await truncate(at('big'), 256 << 20)
  const seen = []
  const begin = performance.now()
  await signature(at('big'), { onProgress: progress => seen.push(progress) })
  const elapsed = performance.now() - begin
  assert.deepEqual(seen.at(-1), { bytesDone: 256 << 20, bytesTotal: 256 << 20, totalIsFinal: true })
  assert.ok(seen.length <= elapsed / 100 + 1, `${seen.length} reports in ${elapsed} ms`)
  assert.ok(seen.every((progress, i) => i === 0 || progress.bytesDone >= seen[i - 1].bytesDone))
})

test('what onProgress throws ends the work', async () => {
  const mistake = new Error('mistake')
  const onProgress = () => {
    throw mistake
  }
  await assert.rejects(signature(noise(1 << 20), { onProgress }), error => error === mistake)
})

test('an abort stops the work and rejects with its reason', async t => {
  const at = await folder(t)
  await writeFile(at('huge'), '')
  // So much that it would take minutes.
  await truncate(at('huge'), 2 ** 40)
  const reason = new Error('no longer wanted')
  const abort = new AbortController()
  abort.signal.onabort = () => assert.ok(true)
  const { onabort } = abort.signal
  const work = signature(at('huge'), {
    signal: abort.signal,
    output: at('signature'),
    onProgress: progress => progress.bytesDone > 0 && abort.abort(reason),
  })
  await assert.rejects(work, error => error === reason)
  assert.equal(abort.signal.onabort, onabort)
  assert.ok(!existsSync(at('signature')))
  assert.deepEqual(await readdir(at()), ['huge'])
  await assert.rejects(signature(new Uint8Array(), { signal: abort.signal }), error => error === reason)
  await assert.rejects(signature(at('huge'), { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
})

test('the main thread goes on while work is done', async t => {
  const at = await folder(t)
  await writeFile(at('big'), '')
  await truncate(at('big'), 256 << 20)
  let turns = 0
  const timer = setInterval(() => (turns += 1), 1)
  await signature(at('big'), { format: 'rdiff' })
  clearInterval(timer)
  assert.ok(turns >= 5, `the loop turned ${turns} times`)
})
