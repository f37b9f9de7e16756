export { codeOf, isLoadedByNode, readKeyFile, type KeyFileReading } from './key-file.ts'
export { MOST_KEY_BYTES, parseKeyBytes, type KeyReading } from './key-text.ts'
