import path from 'node:path'
import { PSM_CONFIG_NAME } from '../interop/index.ts'

/** Folders that hold what programs made for themselves, by the thousand: no user puts a key there. */
const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  '.cache',
  'Cache',
  'CachedData',
  'Code Cache',
  'GPUCache',
  'Caches',
  '.npm',
  '.yarn',
  '.pnpm-store',
  '.cargo',
  '.rustup',
  '.gradle',
  '.m2',
  '.nuget',
  '__pycache__',
  'site-packages',
  'dist-packages',
  // Snapshots show every file once more for each day.
  '.snapshots',
  '.snapshot',
  '#snapshot',
  '.zfs',
  '.timeshift',
  'Backups.backupdb',
  '.MobileBackups',
  '.Spotlight-V100',
  '.fseventsd',
  'System Volume Information',
  'WinSxS',
  '@eaDir',
])

/** Whole places of the system that hold only what it installed. */
const SYSTEM_PLACES: Readonly<Record<string, readonly string[]>> = {
  linux: [
    '/proc',
    '/sys',
    '/dev',
    '/run',
    '/boot',
    '/snap',
    '/usr/share',
    '/usr/lib',
    '/usr/lib32',
    '/usr/lib64',
    '/usr/libexec',
    '/usr/include',
    '/usr/src',
    '/var/cache',
    '/var/lib/apt',
    '/var/lib/dpkg',
    '/var/lib/docker/overlay2',
    '/var/lib/containerd',
    '/var/lib/flatpak',
    '/var/lib/snapd',
  ],
  darwin: ['/System', '/Library/Developer', '/dev', '/private/var/vm', '/private/var/folders', '/usr/share', '/usr/lib'],
  win32: ['C:\\Windows', 'C:\\$WinREAgent'],
}

/** Whether this folder is left out by its name or its place. */
export const isSkippedFolder = (name: string, at: string, platform: NodeJS.Platform): boolean =>
  SKIPPED.has(name) || (SYSTEM_PLACES[platform] ?? SYSTEM_PLACES['linux'] ?? []).includes(at)

/**
 * Ends of names that other programs give their files. Nobody keeps a key in them, and not looking at them saves a look at
 * the disk for each: on a cold disk that is what a scan's time consists of. Everything else may be a key, whatever its name;
 * of ends of one letter none is here, somebody may number his keys so.
 */
const FOREIGN = new Set(
  (
    'png jpg jpeg gif webp svg ico bmp tif tiff heic psd ai mp3 flac ogg opus wav m4a aac mp4 mkv avi mov webm mpg srt ' +
    'js mjs cjs ts tsx jsx css scss less html htm php rb py pyc pyi pyo go rs cc cpp cxx hh hpp java class jar kt swift cs fs ' +
    'lua pl pm jl scala clj ex erl hs ml vue svelte sh bash ps1 bat cmd asm so dylib dll exe lib obj wasm node map ' +
    'woff woff2 ttf otf eot pdf doc docx xls xlsx ppt pptx odt ods odp epub mobi ' +
    'gz xz bz2 zst tar tgz zip 7z rar deb rpm iso img qcow2 vmdk apk msi dmg ' +
    'json yaml yml toml xml lock ini cfg conf desktop service plist strings nib po mo pak ' +
    'sql db sqlite sqlite3 ldb sst log md rst tex csv proto cmake mk gradle dep pdb'
  ).split(' '),
)

/** Names of key files of node and postcli, also of their copies: `amber.key`, `identity.key.bak`, `key.bin`, `local.key~`. */
export const saysKey = (name: string): boolean => /^key\.bin$|\.key(?:[.~_ -].*)?$/i.test(name) && !BESIDE_A_KEY.test(name)
/** Made of a key, but no key: a public half, a sum, something encrypted. */
const BESIDE_A_KEY = /\.(?:pub|sha\d*(?:sum)?|md5|sum|asc|sig|gpg|age|json|crt|pem)$/i

/** Whether a file of this name has to be looked at. */
export function mayBeKey(name: string): boolean {
  if (saysKey(name)) return true
  const dot = name.lastIndexOf('.')
  return dot <= 0 || !FOREIGN.has(name.slice(dot + 1).toLowerCase())
}

export const POS_DATA_FILE = /^postdata_\d+\.bin$/
const COMPOSE_FILE = /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i
const SMAPP_CONFIG = /^node-config\.[0-9a-f]{8}\.json$/

/** What a file's name leads to: a set-up of another program in it, or in its folder. */
export function hintOf(name: string): 'composeFiles' | 'psmFiles' | 'smappFolders' | undefined {
  if (COMPOSE_FILE.test(name)) return 'composeFiles'
  if (name === PSM_CONFIG_NAME) return 'psmFiles'
  return SMAPP_CONFIG.test(name) ? 'smappFolders' : undefined
}
/** Our own archives, as the vault names them. */
export const isOurBackup = (name: string): boolean => name.startsWith('smeshkeeper-') && name.endsWith('.zip.age')

export const pathsOf = (platform: NodeJS.Platform): path.PlatformPath => (platform === 'win32' ? path.win32 : path.posix)
