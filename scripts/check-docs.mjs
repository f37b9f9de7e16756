// CHANGELOG.md in the form of Keep a Changelog, a README in every room, and every decision in their list.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

const faults = []
const lines = readFileSync('CHANGELOG.md', 'utf8').split('\n')
if (lines[0] !== '# Changelog') faults.push('CHANGELOG.md begins with "# Changelog"')
if (!lines.some((line) => line.startsWith('## [Unreleased]'))) faults.push('CHANGELOG.md has an [Unreleased] part')
const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']
for (const line of lines) {
  if (line.startsWith('### ') && !kinds.includes(line.slice(4)))
    faults.push(`CHANGELOG.md: '${line.slice(4)}' is not one of ${kinds.join(', ')}`)
  if (line.startsWith('## ') && !/^## \[(Unreleased|\d+\.\d+\.\d+)\]( - \d{4}-\d{2}-\d{2})?$/.test(line))
    faults.push(`CHANGELOG.md: '${line}' is not a version heading`)
}
for (const entry of readdirSync('electron', { withFileTypes: true })) {
  if (entry.isDirectory() && !existsSync(path.join('electron', entry.name, 'README.md')))
    faults.push(`electron/${entry.name} has no README.md`)
}
for (const room of ['shared', 'renderer', 'proto']) if (!existsSync(path.join(room, 'README.md'))) faults.push(`${room} has no README.md`)
const index = readFileSync('docs/decisions/README.md', 'utf8')
for (const page of readdirSync('docs/decisions'))
  if (page !== 'README.md' && !index.includes(`(${page})`)) faults.push(`docs/decisions/README.md does not name ${page}`)
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? 'docs: changelog and room notes are in order' : `docs: ${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
