import type { Fault } from '../../shared/domain/fault.ts'

/** What the user reads for each fault: cause, consequence, action. `detail` stays in the fold. */
const SENTENCES: Readonly<Record<string, string>> = {
  'no-keeper': 'The keeper does not answer. Node and services go on by themselves; try again, or start Smeshkeeper anew.',
  internal: 'Something broke inside Smeshkeeper. Nothing was changed; the log has the reference.',
  'bad-arguments': 'The keeper did not accept this request. Nothing was changed.',
  'setup/invalid': 'The set-up has errors, so it was not saved. They stand beside their fields.',
  'setup/unreadable': 'The file cannot be read. Check that it exists and that you may open it.',
  'setup/newer': 'The file was written by a later Smeshkeeper. Update Smeshkeeper, then import it again.',
  'setup/not-written': 'The set-up could not be written, so the last one stays in use. Check the disk and its rights.',
  'practice/busy': 'A practice network runs already. End it first.',
  'practice/not-started': 'The practice network did not start. Nothing real was touched; try again or read its log.',
  'process/not-ours': 'Another program owns this process, so Smeshkeeper only watches it. Use that program to start or stop it.',
  'process/no-setup': 'There is no node in the set-up yet. Set it up in Settings.',
  'process/unknown': 'There is no service for this identity in the set-up. Add one in Settings.',
  'process/costs-work': 'A proof is under way and would be lost, so nothing was stopped.',
  'logs/unknown': 'This log does not exist yet. It appears with the first line that the program writes.',
  'logs/unreadable': 'This log cannot be read. Check its rights.',
  'binary/missing': 'There is no program at this place. Choose another file or folder.',
  'binary/unreadable': 'The program cannot be read. Check its rights.',
  'binary/not-recognised': 'This is none of the programs that Smeshkeeper runs. Choose a release of go-spacemesh or post-service.',
  'binary/bad-archive': 'The archive is damaged or not a release archive. Download it again.',
  'binary/no-space': 'There is not enough space to unpack the archive. Free some, then import it again.',
  'link/unknown': 'This link is not on the list of pages that may be opened.',
}

export const faultText = (fault: Pick<Fault, 'code'>): string =>
  SENTENCES[fault.code] ?? `It did not work (${fault.code}). Nothing was changed.`
