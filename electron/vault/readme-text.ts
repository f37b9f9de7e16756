/** `README.txt` of every backup: for the day on which Smeshkeeper is gone and only the file is left. */
export const readmeText = (madeBy: string, madeAt: Date): string => `SPACEMESH KEYS: A BACKUP

Made by ${madeBy} on ${madeAt.toISOString()}.
Nothing but "age" (https://age-encryption.org) and any unzip is needed to open it.

OPEN IT
  With a passphrase:     age -d -o backup.zip FILE.zip.age
  With an age key file:  age -d -i KEYFILE -o backup.zip FILE.recipients.zip.age
  Then:                  unzip backup.zip -d backup

WARNING
  Never let one key run in two nodes at a time. Two nodes with one key publish twice; the network sees that as fraud and
  bans the key for ever. Before you put a key anywhere, make sure that no other node that still has it can ever start.
  Wait two whole epochs (four weeks on mainnet) after the other node last ran when you are not sure what it published.

WHAT IS IN IT (what was left out stands in manifest.json)
  keys/NAME.key                 The secret keys. 128 hexadecimal characters in one line without a line end. The last 64
                                of them are the public key, which names the identity. Whoever has this file can ban it.
                                Goes to: the "identities" folder in the node's data folder, file mode 0600.
                                A node with several keys must not have one named local.key.
  pos/IDENTITY/postdata_metadata.json
                                Describes the PoS data of one identity. Goes to: the folder with its postdata_*.bin files.
                                The PoS data itself is too large for a backup.
  node/                         The node's config, and local.sql: what the node was about to publish, as one complete
                                SQLite file. node-2/, node-3/ ... are further nodes.
                                DANGER: an old local.sql lets the node publish a second time for an epoch. Use it only when
                                the keys have published nothing since this backup was made, and never together with
                                local.sql-wal or local.sql-shm files of another database. When in doubt leave it away: the
                                node then starts over with the next epoch.
  publication-record.json       For each identity the epochs in which it is known to have published.
  setup.json                    Smeshkeeper's own set-up.
  extra/                        Files that you chose, for instance wallets.
  manifest.json                 Size, SHA-256 and former place of every file here. Paths are those of the machine that was
                                backed up. To check: sha256sum FILE.
`
