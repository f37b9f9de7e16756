// Writes out/THIRD-PARTY.txt: the licences of everything that is shipped, in bundles and beside them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './ensure.mjs'

const read = (folder) => JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))

/** Packages inside the bundles, as the build wrote them down. */
function bundledFolders() {
  const folder = path.join(root, 'out', 'packages')
  return readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')))
}

/** Packages shipped as they are: the dependencies and what they bring for this platform. */
function shippedFolders() {
  const names = Object.keys(read('.').dependencies)
  const brought = names.flatMap((name) => {
    const { dependencies = {}, optionalDependencies = {} } = read(`node_modules/${name}`)
    return Object.keys({ ...dependencies, ...optionalDependencies })
  })
  return [...names, ...brought].map((name) => `node_modules/${name}`).filter((folder) => existsSync(path.join(root, folder)))
}

function textOf(folder) {
  const files = readdirSync(path.join(root, folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
  return files.map((name) => readFileSync(path.join(root, folder, name), 'utf8').trim()).join('\n\n')
}

const authorOf = ({ author, repository }) => {
  const name = typeof author === 'string' ? author : author?.name
  return name ?? (typeof repository === 'string' ? repository : repository?.url) ?? 'its authors'
}

export function notices() {
  const entries = new Map()
  for (const folder of [...bundledFolders(), ...shippedFolders()]) {
    const about = read(folder)
    const licence = typeof about.license === 'string' ? about.license : about.license?.type
    if (licence === undefined) throw new Error(`${folder} names no licence`)
    const text = textOf(folder) || `Copyright of ${authorOf(about)}. Licence: ${licence}.`
    entries.set(`${about.name} ${about.version}`, `${about.name} ${about.version} (${licence})\n\n${text}`)
  }
  const line = `\n\n${'-'.repeat(100)}\n\n`
  const head = [
    'Smeshkeeper contains the work of others. Their licences follow.',
    'Electron and Chromium: see LICENSE.electron.txt and LICENSES.chromium.html beside the program.',
    `better-sqlite3 contains SQLite, which is in the public domain.`,
  ].join('\n')
  return `${[head, ...[...entries].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text)].join(line)}\n`
}

export const noticesFile = path.join(root, 'out', 'THIRD-PARTY.txt')

export function writeNotices() {
  writeFileSync(noticesFile, notices())
}
