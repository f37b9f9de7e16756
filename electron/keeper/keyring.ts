/** Remembers one secret in the system's keyring, where there is one. Injected by the host: only the desktop has it. */
export interface Keyring {
  state(): { readonly is: 'there' | 'none'; readonly sentence: string }
  /** @returns false when it could not be kept */
  remember(secret: string): boolean
  recall(): string | undefined
  forget(): void
}

/** Without a desktop nothing can be kept that is not in clear somewhere: said plainly. */
export const noKeyring: Keyring = {
  state: () => ({
    is: 'none',
    sentence: 'Without a desktop there is no keyring: give the passphrase each time, or make scheduled backups to an age recipient.',
  }),
  remember: () => false,
  recall: () => undefined,
  forget: () => {},
}
