// The options of a transfer as TypeScript, from the library's one table. In: the built native module. Out: the text of ts/transfer-options.ts.
// `node scripts/generate-options.mjs` writes it; the tests compare.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const TYPES = {
  flag: 'boolean',
  count: 'boolean | number',
  number: 'number',
  size: 'number | string',
  text: 'string | Uint8Array',
  texts: 'string | Uint8Array | readonly (string | Uint8Array)[]',
  path: 'Path',
  paths: 'Path | readonly Path[]',
}

export function generate(rows) {
  // Filter rules are one list, for their order.
  const kept = rows.filter(row => row.kind !== 'filter')
  const camel = name => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
  const fields = kept.map(({ name, kind, argument, negatable, help }) => {
    const type = TYPES[kind] + (argument !== undefined && negatable ? ' | false' : '')
    const value = argument === undefined ? '' : `=${argument}`
    return `  /** \`--${name}${value}\`: ${help}. */\n  ${camel(name)}?: ${type} | undefined\n`
  })
  const table = kept.map(({ name, argument, negatable }) =>
    `  ${camel(name)}: { name: '${name}', argument: ${argument !== undefined}, negatable: ${negatable} },\n`)
  return `// Made by scripts/generate-options.mjs from the library's table of options; the tests compare.
import type { Path } from './input.js'

/**
 * rsync's options by their long names. \`false\` is \`--no-NAME\`, or where there is none the same as leaving it out; a number says how often one is
 * given that means more when repeated. The order does not matter: they count in the order below, so that \`{ owner: false, archive: true }\` leaves
 * owners alone.
 */
export interface TransferSettings {
${fields.join('')}}

/** What each of them is called, whether it takes a value, and whether it can be turned off. */
export const TRANSFER_OPTIONS = {
${table.join('')}} as const satisfies Record<keyof TransferSettings, { name: string; argument: boolean; negatable: boolean }>
`
}

export const place = fileURLToPath(new URL('../ts/transfer-options.ts', import.meta.url))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(place, generate(createRequire(import.meta.url)('../syncline.node').optionTable()))
}
