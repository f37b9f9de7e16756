import type { FoundNode, KeyCopy } from '../../shared/domain/inventory.ts'
import type { PosFolderState } from '../../shared/domain/observation.ts'

/** What lies at one path, as the scan process saw it. Holds no byte of a key. */
export type LookedAt = { readonly path: string } & (
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable'; readonly text: string }
  | { readonly is: 'key'; readonly key: KeyCopy }
  /** A folder with key files in it that is no node's. */
  | { readonly is: 'keys'; readonly keys: readonly KeyCopy[] }
  /** `file`: one file of PoS data was given, and this is the folder around it. */
  | { readonly is: 'pos-folder'; readonly folder: string; readonly state: PosFolderState; readonly file?: string }
  | { readonly is: 'node-folder'; readonly node: FoundNode; readonly keys: readonly KeyCopy[] }
  | { readonly is: 'smapp' }
  /** `isOurs`: by its name; what is in it only its secret tells. */
  | { readonly is: 'age-file'; readonly isOurs: boolean }
  | { readonly is: 'other'; readonly what: 'file' | 'folder' | 'special' }
)
