// As delta.mjs, with streams: memory stays bounded whatever the sizes.
// Usage, after `npm install` here: node stream.mjs OLD NEW
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { createDelta, createPatch, createSignature } from 'syncline'

const [oldPath, newPath] = process.argv.slice(2)
if (oldPath === undefined || newPath === undefined) {
  console.error('usage: node stream.mjs OLD NEW')
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'syncline-'))
try {
  const [signaturePath, resultPath] = [join(folder, 'signature'), join(folder, 'result')]
  const basisLength = (await stat(oldPath)).size
  await pipeline(createReadStream(oldPath), createSignature({ basisLength }), createWriteStream(signaturePath))

  // The delta goes straight into the patch; between two machines, a connection would lie here.
  const comparing = createDelta(signaturePath)
  const patching = createPatch(oldPath)
  await pipeline(createReadStream(newPath), comparing, patching, createWriteStream(resultPath))

  console.log(`delta ${comparing.report?.deltaLength} bytes for a file of ${patching.report?.newLength}`)
  console.log(patching.report?.verified ? 'verified: the result is the new file' : 'not verified')
} finally {
  await rm(folder, { recursive: true })
}
