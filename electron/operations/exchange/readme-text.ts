import path from 'node:path'
import { recipientsFile } from './seal.ts'

export interface ReadmeFacts {
  readonly identity: string
  readonly name: string
  /** The sealed file. */
  readonly file: string
  readonly hasRecipients: boolean
  readonly machine: string
  readonly madeAt: number
  readonly posFolder: string | null
}

export const readmeName = (identity: string, count = 1): string => `README-${identity.slice(0, 8)}${count === 1 ? '' : `-${count}`}.txt`

/** One word of a shell. */
const quoted = (text: string): string => (/^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)

/** Sparse, resumable, and without any key that lies beside the data: keys travel sealed. */
export const rsyncCommand = (posFolder: string): string =>
  `rsync -aS --partial --info=progress2 --exclude='*.key*' ${quoted(posFolder.replace(/\/+$/, ''))}/ user@host:DST/`

function dataText({ posFolder, name }: ReadmeFacts): string {
  if (posFolder === null)
    return `   The PoS data of ${name} is not known to this Smeshkeeper. Copy the folder with its postdata_*.bin files.\n`
  return `   ${rsyncCommand(posFolder)}

   user@host is the other machine, DST a folder on it with enough room. Interrupted? The same command again goes on. Keys are
   left out on purpose. Keep the data here until the other machine has proved from its copy.
`
}

/** Lies beside the sealed file, and in it. No secret is in it. */
export const readmeText = (facts: ReadmeFacts): string => `A SPACEMESH IDENTITY ON ITS WAY TO ANOTHER MACHINE

Identity:  ${facts.name}
           ${facts.identity}
From:      ${facts.machine}, ${new Date(facts.madeAt).toISOString()}
Sealed in: ${path.basename(facts.file)}${facts.hasRecipients ? `, or ${path.basename(recipientsFile(facts.file))} when a passphrase was given too` : ''}

${facts.machine} HAS GIVEN THIS KEY UP. It is out of its node, and only a copy lies in Smeshkeeper's quarantine there. One key in two
nodes at a time is banned for ever: import it on one machine, and on one only. Then destroy the sealed file and its copies.

1. Take the sealed file to the other machine.

2. Copy the PoS data there:

${dataText(facts)}
3. On the other machine: Smeshkeeper, Migrate, From another machine; or on a server
   smeshkeeper import-identity FILE --pos-folder DST
   It opens the file, puts the key on hold, brings the rows of the node's database, and arms the key once the network was
   asked whether it is active elsewhere and the data is there.

Without Smeshkeeper: age -d FILE > identity.json shows everything (https://age-encryption.org). "key" is the content of the
key file (no line end), "rows" what the node's local.sql had of this identity, "pos" the text of postdata_metadata.json.
`
