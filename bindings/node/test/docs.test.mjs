// What the documentation shows: its code has the right types, and its recipes run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { folder } from './data.mjs'
import { difference, tree } from './trees.mjs'

const execute = promisify(execFile)
const here = fileURLToPath(new URL('..', import.meta.url))

/** The blocks of JavaScript of a document. */
async function blocks(name) {
  const text = await readFile(new URL(name, import.meta.url), 'utf8')
  return [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code)
}

test('the code in the documentation has the right types', async t => {
  const at = await folder(t)
  await mkdir(at('node_modules'))
  await symlink(here, at('node_modules/syncline'))
  await symlink(`${here}node_modules/@types`, at('node_modules/@types'))
  const all = [...(await blocks('../../../docs/node.md')), ...(await blocks('../README.md'))]
  assert.ok(all.length >= 10)
  await Promise.all(all.map((code, i) => writeFile(at(`${i}.${code.includes('import ') ? 'mts' : 'cts'}`), `${code}\nexport {}\n`)))
  const compilerOptions = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, types: ['node'] }
  await writeFile(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }))
  await execute(process.execPath, [`${here}node_modules/typescript/bin/tsc`, '-p', at()]).catch(({ stdout }) => assert.fail(stdout))
})

test('the recipes do what they say', async t => {
  const at = await folder(t)
  await mkdir(at('node_modules'))
  await symlink(here, at('node_modules/syncline'))
  await tree(at('site'))
  await mkdir(at('srv'))
  for (const code of await blocks('../../../docs/node.md')) {
    // Those that come from other packages have tests of their own.
    if (code.includes('require(')) continue
    // The destination here, where the documentation has another host.
    const local = code
      .replace(/'(user@)?host:\/srv\/site'/g, `'localhost:${at('srv/site')}'`)
      .replace(/'\/srv'/g, `'${at('srv')}'`)
      .replace(/rsh: '[^']*'/g, 'rsh: process.env.RSYNC_RSH')
    await writeFile(at('recipe.mjs'), local)
    const env = { ...process.env, RSYNC_RSH: process.env.SYNCLINE_TEST_SSH }
    await execute(process.execPath, [at('recipe.mjs')], { cwd: at(), env, timeout: 30_000 })
  }
  assert.equal(await difference(at('site'), at('srv/site')), '')
  assert.equal(await difference(at('site'), at('srv/backup')), '')
})
