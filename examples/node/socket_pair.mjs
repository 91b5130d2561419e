// Both ends of a transfer in one program, over a pair of streams: as two programs would do it over any stream. The serving end has a policy: one
// directory that nothing leads out of, and files may be written to it but not read or deleted.
// Usage, after `npm install` here: node socket_pair.mjs FROM/ ROOT FOLDER-IN-ROOT
import { duplexPair } from 'node:stream'

import { push, serve, serverArguments } from 'syncline'

const [from, root, folder] = process.argv.slice(2)
if (from === undefined || root === undefined || folder === undefined) {
  console.error('usage: node socket_pair.mjs FROM/ ROOT FOLDER-IN-ROOT')
  process.exit(2)
}

const [near, far] = duplexPair()
const options = { archive: true }
// The words that the other end is to be started with reach it in some way; here it is a variable.
const words = serverArguments(from, `peer:${folder}`, options)
const [sent, served] = await Promise.allSettled([
  push(from, `peer:${folder}`, { ...options, stream: near }),
  serve(far, words, { root, write: true }),
])
for (const [end, outcome] of Object.entries({ here: sent, there: served })) {
  if (outcome.status === 'rejected') {
    console.error(`${end}: ${outcome.reason.message}`)
    process.exitCode = 1
  }
}
if (sent.status === 'fulfilled') console.log(`${sent.value.filesTransferred} files sent`)
