// Transfers: what goes over, what is told, options, filters, dry runs, lists, streams, errors, stopping.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, readdir, readlink, stat, utimes, writeFile } from 'node:fs/promises'
import { Duplex, duplexPair } from 'node:stream'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { SynclineError, list, pull, push, serve, serverArguments, sync } from 'syncline'

import { folder, noise } from './data.mjs'
import { tree } from './trees.mjs'

const execute = promisify(execFile)

test('a directory is mirrored here, and a second time nothing is left to do', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const first = await sync(at('from/'), at('to'), { archive: true })
  assert.equal(first.filesTransferred, 4)
  assert.equal(first.exitStatus, 0)
  assert.equal(await readFile(at('to/sub/b'), 'utf8'), 'content of b\n')
  assert.equal(await readlink(at('to/link')), 'a')
  const second = await sync(at('from/'), at('to'), { archive: true })
  assert.equal(second.filesTransferred, 0)
  assert.deepEqual(second.created, { files: 0, directories: 0, symlinks: 0, devices: 0, specials: 0 })
})

test('several sources, as URLs, bytes and { path }', async t => {
  const at = await folder(t)
  for (const name of ['one', 'two:2', 'three', 'four']) await writeFile(at(name), name)
  await sync([at('one'), { path: at('two:2') }, pathToFileURL(at('three')), Buffer.from(at('four'))], at('to/'))
  assert.deepEqual((await readdir(at('to'))).sort(), ['four', 'one', 'three', 'two:2'])
})

test('options do not depend on the order they are written in, and false takes back what a wider one says', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await utimes(at('from/a'), 1e9, 1e9)
  await sync(at('from/'), at('to'), { times: false, archive: true })
  assert.notEqual((await stat(at('to/a'))).mtimeMs, 1e12)
  await sync(at('from/'), at('to'), { archive: true, verbose: 2, maxSize: '1k', timeout: 10 })
  assert.equal((await stat(at('to/a'))).mtimeMs, 1e12)
})

test('filters are kept in order', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await writeFile(at('excluded'), 'a\n')
  const names = async filters => {
    const entries = await list(at('from/'), { recursive: true, filters })
    return entries.filter(entry => entry.kind !== 'directory').map(entry => entry.path)
  }
  assert.deepEqual(await names([]), ['a', 'link', 'sub/b', 'sub/c.o', 'sub/deep/d'])
  assert.deepEqual(await names(['+ c.o', { exclude: '*.o' }]), ['a', 'link', 'sub/b', 'sub/c.o', 'sub/deep/d'])
  assert.deepEqual(await names([{ exclude: '*.o' }, { include: 'c.o' }]), ['a', 'link', 'sub/b', 'sub/deep/d'])
  assert.deepEqual(await names([{ excludeFrom: at('excluded') }, '- deep/']), ['link', 'sub/b', 'sub/c.o'])
})

test('a dry run changes nothing and returns the changes', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await mkdir(at('to'))
  await writeFile(at('to/a'), 'other')
  const report = await sync(at('from/'), at('to'), { archive: true, dryRun: true })
  const changes = Object.fromEntries(report.changes.map(change => [change.path, change]))
  assert.equal(changes['a'].itemized.slice(0, 4), '>f.s')
  assert.equal(changes['a'].isNew, false)
  assert.equal(changes['sub/b'].itemized, '>f+++++++++')
  assert.ok(changes['sub/b'].isNew && changes['sub/b'].transfersContent)
  assert.equal(changes['link'].target, 'a')
  assert.deepEqual(await readdir(at('to')), ['a'])
})

test('a list says what is there and writes nothing', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const entries = await list(at('from/'), { recursive: true, links: true })
  const b = entries.find(entry => entry.path === 'sub/b')
  const { mode, size, mtimeMs } = await stat(at('from/sub/b'))
  assert.deepEqual({ mode: b.mode, size: b.size, kind: b.kind }, { mode, size, kind: 'file' })
  assert.ok(Math.abs(b.modifiedMs - mtimeMs) < 0.01)
  assert.equal(entries.find(entry => entry.path === 'link').target, 'a')
  assert.deepEqual(entries.map(entry => entry.path).sort(), ['.', 'a', 'link', 'sub', 'sub/b', 'sub/c.o', 'sub/deep', 'sub/deep/d'])
})

test('names that are not UTF-8 come as bytes as well', async t => {
  const at = await folder(t)
  const name = Buffer.from([0x66, 0xff, 0x67])
  await mkdir(at('from'))
  await writeFile(Buffer.concat([Buffer.from(at('from/')), name]), 'x')
  const [, entry] = await list(at('from/'), { recursive: true })
  assert.deepEqual([entry.path, Buffer.from(entry.pathBytes)], ['f\ufffdg', name])
  assert.equal((await list(at('from/')))[0].pathBytes, undefined)
  const { failures } = await sync(Buffer.concat([Buffer.from(at('missing')), name]), at('to')).catch(error => error)
  assert.ok(Buffer.from(failures[0].pathBytes).includes(name))
})

test('events come to whoever iterates, in order, and the promise still has the report', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const transfer = sync(at('from/'), at('to'), { archive: true })
  const events = []
  for await (const event of transfer) events.push(event)
  const changed = events.filter(event => event.type === 'changed').map(event => event.path)
  assert.deepEqual(changed.sort(), ['.', 'a', 'link', 'sub', 'sub/b', 'sub/c.o', 'sub/deep', 'sub/deep/d'])
  assert.equal((await transfer).filesTransferred, 4)
  assert.throws(() => transfer[Symbol.asyncIterator](), { code: 'INVALID_STATE' })
})

test('a slow reader of many events holds the transfer up, and loses none', async t => {
  const at = await folder(t)
  await mkdir(at('from'))
  const count = 6000
  for (let i = 0; i < count; i += 1) await writeFile(at(`from/${i}`), '')
  let seen = 0
  for await (const event of sync(at('from/'), at('to'), { archive: true })) {
    if (event.type === 'changed' && event.kind === 'file') seen += 1
    if (seen % 1000 === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  assert.equal(seen, count)
})

test('leaving the loop stops listening, not the transfer', async t => {
  const at = await folder(t)
  await mkdir(at('from'))
  for (let i = 0; i < 6000; i += 1) await writeFile(at(`from/${i}`), '')
  const transfer = sync(at('from/'), at('to'), { archive: true })
  for await (const event of transfer) if (event.type === 'changed') break
  assert.equal((await transfer).filesTransferred, 6000)
})

test('iterating throws what the promise rejects with', async t => {
  const at = await folder(t)
  const seen = []
  await assert.rejects(async () => {
    for await (const event of sync(at('missing'), at('to'))) seen.push(event)
  }, { code: 'PARTIAL_TRANSFER', exitStatus: 23 })
  assert.equal(seen.find(event => event.type === 'failed').code, 'NOT_FOUND')
  await assert.rejects(async () => {
    for await (const event of sync(at('missing'), at('to'), { signal: AbortSignal.abort() })) seen.push(event)
  }, { name: 'AbortError' })
})

test('progress runs forwards to its end', async t => {
  const at = await folder(t)
  await mkdir(at('from'))
  for (let i = 0; i < 8; i += 1) await writeFile(at(`from/${i}`), noise(4 << 20, String(i)))
  const seen = []
  await sync(at('from/'), at('to'), { archive: true, onProgress: progress => seen.push(progress) })
  assert.ok(seen.length > 0)
  for (const [i, { bytesDone, bytesTotal }] of seen.entries()) {
    assert.ok(bytesDone <= bytesTotal && bytesDone >= (seen[i - 1]?.bytesDone ?? 0))
  }
  const { bytesDone, filesDone, filesTotal, filesTransferred, transferredBytes } = seen.at(-1)
  assert.deepEqual({ bytesDone, transferredBytes }, { bytesDone: 32 << 20, transferredBytes: 32 << 20 })
  assert.deepEqual({ filesDone, filesTotal, filesTransferred }, { filesDone: 9, filesTotal: 9, filesTransferred: 8 })
  assert.equal(seen.at(-1).totalIsFinal, true)
})

test('what onProgress throws ends the transfer and is what the promise rejects with', async t => {
  const at = await folder(t)
  await mkdir(at('from'))
  for (let i = 0; i < 20; i += 1) await writeFile(at(`from/${i}`), noise(4 << 20, String(i)))
  const mine = new Error('enough')
  const transfer = sync(at('from/'), at('to'), { archive: true, onProgress: () => { throw mine } })
  await assert.rejects(transfer, mine)
})

test('wrong arguments are named', async t => {
  const at = await folder(t)
  for (const [start, message] of [
    [() => sync(1, at('to')), /source must be/],
    [() => sync([], at('to')), /nothing to transfer/],
    [() => sync('a', 'b', { archive: 'yes' }), /archive must be/],
    [() => sync('a', 'b', { maxSize: 'many' }), /max-size/],
    [() => sync('a', 'b', { filters: ['?'] }), /[Uu]nknown filter rule/],
    [() => sync('a', 'b', { filters: [{}] }), /a filter must be/],
    [() => sync('h:a', 'h:b'), /cannot both be remote/],
    [() => sync('a\0b', 'c'), /NUL/],
    [() => sync('a', 'peer:b', { stream: {} }), /must be a Duplex/],
    [() => sync('a', 'b', { stream: duplexPair()[0] }), /at the other end of the connection/],
    [() => pull('a', 'b'), /pull/],
    [() => push('a', 'b'), /push/],
    [async () => serverArguments('a', 'b'), /.*/],
  ]) {
    await assert.rejects(start(), error => {
      assert.ok(error instanceof SynclineError, String(error))
      assert.equal(error.code, 'INVALID_ARGUMENT', String(error))
      assert.match(error.message, message)
      return true
    })
  }
})

for (const [name, options] of [['plain', {}], ['compressed', { compress: true, checksum: true }], ['secluded', { secludedArgs: true }]]) {
  test(`a push and a pull over a pair of streams to serve, ${name}`, async t => {
    const at = await folder(t)
    await tree(at('from'))
    await mkdir(at('root'))
    const all = { archive: true, ...options }
    const [near, far] = duplexPair()
    const [sent, served] = await Promise.all([
      push(at('from/'), 'peer:copy', { ...all, stream: near }),
      serve(far, serverArguments(at('from/'), 'peer:copy', all), { root: at('root'), write: true }),
    ])
    assert.deepEqual([sent.filesTransferred, served.exitStatus], [4, 0])
    assert.equal(await readFile(at('root/copy/sub/b'), 'utf8'), 'content of b\n')

    const back = await pull('peer:copy/', at('back'), {
      ...all,
      stream: words => {
        const [near, far] = duplexPair()
        serve(far, words, { root: at('root'), read: true }).catch(assert.fail)
        return near
      },
    })
    assert.equal(back.filesTransferred, 4)
    assert.equal(await readFile(at('back/sub/deep/d'), 'utf8'), 'content of d\n')
  })
}

test('a policy refuses what it does not allow, and leads nobody out of its root', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await mkdir(at('root'))
  const attempt = async (source, destination, policy, options = {}) => {
    const all = { archive: true, ...options }
    const [near, far] = duplexPair()
    const [asked, served] = await Promise.allSettled([
      sync(source, destination, { ...all, stream: near }),
      serve(far, serverArguments(source, destination, all), { root: at('root'), ...policy }),
    ])
    assert.equal(asked.status, 'rejected')
    return served.reason
  }
  assert.match((await attempt(at('from/'), 'peer:x', { read: true })).message, /receiving files is not allowed/)
  assert.match((await attempt('peer:x', at('to'), { write: true })).message, /sending files is not allowed/)
  const deleting = await attempt(at('from/'), 'peer:x', { write: true }, { delete: true })
  assert.deepEqual([deleting.code, deleting.message], ['UNSUPPORTED', 'deleting is not allowed here'])
  await attempt(at('from/'), 'peer:../out', { write: true })
  assert.deepEqual((await readdir(at())).sort(), ['from', 'root'])
  assert.deepEqual(await readdir(at('root')), [])
})

test('a stream that breaks is the cause of the error', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const broken = new Error('the line was cut')
  const stream = new Duplex({
    read() {},
    write(chunk, encoding, callback) {
      callback(broken)
    },
  })
  await assert.rejects(push(at('from/'), 'peer:x', { archive: true, stream }), error => {
    assert.equal(error.code, 'CONNECTION_LOST')
    assert.equal(error.cause, broken)
    return true
  })
  const [near, far] = duplexPair()
  far.end()
  await assert.rejects(push(at('from/'), 'peer:x', { archive: true, stream: near }), { code: 'CONNECTION_LOST' })
  await once(near, 'close')
  const made = new Error('no stream')
  await assert.rejects(push(at('from/'), 'peer:x', { stream: () => { throw made } }), made)
})

test('stock rsync as the process behind a stream, both ways', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const rsync = words => {
    const child = spawn('rsync', words, { stdio: ['pipe', 'pipe', 'inherit'], cwd: at() })
    return Duplex.from({ readable: child.stdout, writable: child.stdin })
  }
  await push(at('from/'), 'peer:copy', { archive: true, stream: rsync })
  await pull('peer:copy/', at('back'), { archive: true, stream: rsync })
  const { stdout } = await execute('rsync', ['-ain', at('from/'), at('back/')])
  assert.equal(stdout, '')
})

test('a stock rsync client is served, both ways', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await mkdir(at('root'))
  // The remote shell of the client: hands the connection and the words to this process.
  await writeFile(at('serve.mjs'), `
    import { Duplex } from 'node:stream'
    import { serve } from ${JSON.stringify(import.meta.resolve('syncline'))}
    const words = process.argv.slice(4)
    const stream = Duplex.from({ readable: process.stdin, writable: process.stdout })
    await serve(stream, words, { root: ${JSON.stringify(at('root'))}, read: true, write: true })
    process.exit()`)
  const shell = `${process.execPath} ${at('serve.mjs')}`
  await execute('rsync', ['-a', '-e', shell, at('from/'), 'host:copy'])
  await execute('rsync', ['-a', '-e', shell, 'host:copy/', at('back')])
  const { stdout } = await execute('rsync', ['-ain', at('from/'), at('back/')])
  assert.equal(stdout, '')
})

test('an aborted transfer rejects with the reason of its signal, which keeps its onabort', async t => {
  const at = await folder(t)
  await mkdir(at('from'))
  for (let i = 0; i < 40; i += 1) await writeFile(at(`from/${i}`), noise(4 << 20, String(i)))
  const controller = new AbortController()
  let called = 0
  controller.signal.onabort = () => (called += 1)
  const reason = new Error('changed my mind')
  const started = Date.now()
  const transfer = sync(at('from/'), at('to'), { archive: true, signal: controller.signal })
  for await (const event of transfer) {
    if (event.type === 'changed') break
  }
  controller.abort(reason)
  await assert.rejects(transfer, reason)
  assert.equal(called, 1)
  assert.ok(Date.now() - started < 5000)
  const left = await readdir(at('to'))
  assert.deepEqual(left.filter(name => name.startsWith('.')), [])
  await assert.rejects(sync(at('from/'), at('to'), { signal: AbortSignal.abort(reason) }), reason)
  const never = () => new Promise(() => {})
  const waiting = new AbortController()
  setTimeout(() => waiting.abort(reason), 10)
  await assert.rejects(push(at('from/'), 'peer:x', { stream: never, signal: waiting.signal }), reason)
})

test('an unreadable file is named, and the others are transferred', { skip: process.getuid() === 0 && 'the super-user reads everything' }, async t => {
  const at = await folder(t)
  await tree(at('from'))
  await chmod(at('from/a'), 0)
  await assert.rejects(sync(at('from/'), at('to'), { archive: true }), error => {
    assert.deepEqual([error.code, error.exitStatus], ['PARTIAL_TRANSFER', 23])
    const [failure] = error.failures
    assert.deepEqual([failure.path, failure.code, failure.errno], ['a', 'PERMISSION_DENIED', -13])
    assert.equal(error.report.filesTransferred, 3)
    return true
  })
})
