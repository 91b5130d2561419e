// Says what a transfer would change, and changes nothing.
// Usage, after `npm install` here: node preview.mjs FROM/ [USER@HOST:]TO
import { sync } from 'syncline'

const [from, to] = process.argv.slice(2)
if (from === undefined || to === undefined) {
  console.error('usage: node preview.mjs FROM/ [USER@HOST:]TO')
  process.exit(2)
}

const preview = sync(from, to, { archive: true, delete: true, dryRun: true, filters: ['- *.tmp'] })
for await (const event of preview) {
  if (event.type === 'changed') console.log(`${event.itemized} ${event.path}`)
  if (event.type === 'deleted') console.log(`*deleting   ${event.path}`)
}
// The same as data.
const { changes } = await preview
console.log(`${changes.filter(change => change.isNew).length} of ${changes.length} changes make something new`)
