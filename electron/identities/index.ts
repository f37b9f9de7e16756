export { codeOf, isLoadedByNode, readKeyFile, type KeyFileReading } from './key-file.ts'
export { MOST_KEY_BYTES, newKey, parseKeyBytes, type KeyReading } from './key-text.ts'
export { identitiesOf, LOCAL_KEY, readIdentitiesFolder, type IdentitiesFolder } from './identities-folder.ts'
export { copyLocalDatabase, type CopiedDatabase, type CopyFault } from './local-database-copy.ts'
export { withSnapshot, type Snapshot, type SnapshotFault } from './database-snapshot.ts'
export { localDatabaseOf, NEWEST_SCHEMA, readLocalDatabase } from './local-database.ts'
export type { HeldKey } from './held-keys.ts'
export { createKeyStore, type KeyStore, type KeyStoreOptions } from './key-store.ts'
export type { RecoverReport } from './quarantine.ts'
export {
  openPublicationStore,
  parsePublication,
  publicationText,
  type PublicationChange,
  type PublicationStore,
} from './publication-store.ts'
export { blindSpots, findConflicts, type GuardInput, type OtherNode } from './guard.ts'
export { nodeKeyReader, type NodeKeys, type ReadNodeKeys } from './node-keys.ts'
export { openOverrides, type Overrides } from './overrides.ts'
export { isThere, makeDurableFolder, publishNew, removeDurably, syncBytes, tryTo, whyNotMoved, writeAside } from './durable.ts'
