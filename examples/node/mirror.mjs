// Makes a directory like another one, here or on another host, with a line of progress.
// Usage, after `npm install` here: node mirror.mjs FROM/ [USER@HOST:]TO [REMOTE-SHELL]
import { sync } from 'syncline'

const [from, to, rsh] = process.argv.slice(2)
if (from === undefined || to === undefined) {
  console.error('usage: node mirror.mjs FROM/ [USER@HOST:]TO [REMOTE-SHELL]')
  process.exit(2)
}

const report = await sync(from, to, {
  archive: true,
  delete: true,
  rsh,
  onProgress({ bytesDone, bytesTotal, totalIsFinal }) {
    const percent = bytesTotal === 0 ? 100 : Math.floor((100 * bytesDone) / bytesTotal)
    process.stderr.write(`\r${percent} % of ${bytesTotal} bytes${totalIsFinal ? '' : ' (so far)'}  `)
  },
}).finally(() => process.stderr.write('\n'))
const deleted = Object.values(report.deleted).reduce((sum, count) => sum + count)
console.log(`${report.filesTransferred} files sent, ${deleted} deleted`)
