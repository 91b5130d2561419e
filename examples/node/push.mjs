// Pushes a directory over ssh, and says what went wrong if it does not work: the host, the key, or which files.
// Usage, after `npm install` here: node push.mjs FROM/ USER@HOST:TO [REMOTE-SHELL]
import { SynclineError, push } from 'syncline'

const [from, to, rsh] = process.argv.slice(2)
if (from === undefined || to === undefined) {
  console.error('usage: node push.mjs FROM/ USER@HOST:TO [REMOTE-SHELL]')
  process.exit(2)
}

try {
  const report = await push(from, to, { archive: true, compress: true, rsh })
  console.log(`${report.filesTransferred} files sent, ${report.bytesSent} bytes over the wire`)
} catch (error) {
  if (!(error instanceof SynclineError)) throw error
  console.error(`${error.code}: ${error.message}`)
  // A transfer that went to its end and left something out names every file.
  for (const { operation, path, reason } of error.failures ?? []) console.error(`cannot ${operation} ${path}: ${reason}`)
  process.exitCode = error.exitStatus ?? 1
}
