// Stops a transfer half-way. What was complete stays, the file under way is left as it was, and nothing that was started goes on.
// Usage, after `npm install` here: node cancel.mjs FROM/ [USER@HOST:]TO [REMOTE-SHELL]
import { sync } from 'syncline'

const [from, to, rsh] = process.argv.slice(2)
if (from === undefined || to === undefined) {
  console.error('usage: node cancel.mjs FROM/ [USER@HOST:]TO [REMOTE-SHELL]')
  process.exit(2)
}

const controller = new AbortController()
process.once('SIGINT', () => controller.abort(new Error('interrupted')))

try {
  await sync(from, to, {
    archive: true,
    rsh,
    signal: controller.signal,
    onProgress({ bytesDone, bytesTotal }) {
      if (bytesDone >= bytesTotal / 2) controller.abort(new Error('half is enough'))
    },
  })
  console.log('it was done before it could be stopped')
} catch (error) {
  // It is the reason that `abort` was given.
  if (error !== controller.signal.reason) throw error
  console.log(`cancelled: ${controller.signal.reason.message}`)
}
