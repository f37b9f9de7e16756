// The walls between rooms (design §3), from scripts/rooms.json. `import type` and `import()` count.
// node scripts/boundaries.mjs [folder]: prints each forbidden import and exits 1. No rule can be silenced in place.
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const root = path.resolve(process.argv[2] ?? here)
const { rooms, onlyImporters } = JSON.parse(readFileSync(path.join(here, 'scripts/rooms.json'), 'utf8'))
const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s+(?:type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|\brequire\s*\(\s*['"]([^'"]+)['"]/g

const matches = (pattern, text) => pattern === text || (pattern.endsWith('*') && text.startsWith(pattern.slice(0, -1)))

/** The room of a file: the longest declared path that holds it. */
function roomOf(file) {
  let best
  for (const name of Object.keys(rooms)) {
    const parts = name.split('/')
    const own = file.split('/').slice(0, parts.length)
    if (own.length === parts.length && file.split('/').length > parts.length && parts.every((part, i) => part === '*' || part === own[i])) {
      if (best === undefined || parts.length > best.parts.length) best = { name, parts, id: own.join('/') }
    }
  }
  return best
}

function* sources(folder) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const inner = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!['node_modules', 'gen'].includes(entry.name)) yield* sources(inner)
    } else if (/\.(ts|tsx|mts|cts)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) yield inner
  }
}

const packageOf = (spec) =>
  spec.startsWith('node:')
    ? spec
    : spec
        .split('/')
        .slice(0, spec.startsWith('@') ? 2 : 1)
        .join('/')

const faults = []
for (const top of ['shared', 'renderer', 'electron']) {
  for (const file of sources(top)) {
    const from = roomOf(file)
    if (from === undefined) continue
    const rule = rooms[from.name]
    const text = readFileSync(path.join(root, file), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/(^|\s)\/\/.*$/gm, '$1')
    for (const found of text.matchAll(IMPORT)) {
      const spec = found[1] ?? found[2] ?? found[3]
      const say = (why) => faults.push(`${file}: imports '${spec}': ${why}`)
      if (!spec.startsWith('.')) {
        const name = packageOf(spec)
        const importers = onlyImporters[name]
        if (importers !== undefined && !importers.includes(from.name)) say(`only ${importers.join(', ')} may import it`)
        else if (!rule.packages.some((allowed) => matches(allowed, name))) say(`${from.id} may not import this package`)
        continue
      }
      const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), spec))
      if (target.startsWith('proto/gen/') && !onlyImporters['proto/gen'].includes(from.name))
        say(`only ${onlyImporters['proto/gen'].join(', ')} may import generated code`)
      if (!/\.(ts|tsx|js|mjs|css|json|svg|woff2)(\?\w+)?$/.test(spec)) say('write the file extension')
      const to = roomOf(target)
      if (to === undefined || to.id === from.id) continue
      const isFree = to.name === 'shared' ? true : to.name === 'electron/lib' && from.id.startsWith('electron')
      if (!isFree && !rule.mayImport.some((allowed) => allowed === to.name || matches(allowed, to.id)))
        say(`${from.id} may not import ${to.id}`)
      else if (rule.throughIndexOnly && !isFree && to.name !== 'proto' && !target.endsWith('/index.ts'))
        say(`${from.id} imports rooms by their index.ts only`)
    }
  }
}
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? 'boundaries: every import is allowed' : `boundaries: ${faults.length} forbidden imports`)
process.exit(faults.length === 0 ? 0 : 1)
