import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { KeeperLink } from '../ipc/index.ts'

export type Question = 'stop-service' | 'restart-service' | 'stop-node' | 'stop-all' | 'end-practice'

interface Context {
  readonly link: KeeperLink
  readonly snapshot: () => AppSnapshot | undefined
}

export interface QuestionText {
  readonly message: string
  readonly detail: string
  readonly yes: string
}

const provingNames = (snapshot: AppSnapshot | undefined): string[] =>
  (snapshot?.identities ?? [])
    .filter((i) => ['proving', 'handing-over'].includes(i.status.kind) && i.service?.owner === 'smeshkeeper')
    .map((i) => i.name)

export type QuitChoice = 'tray' | 'leave-running' | 'stop-all'

const lossOf = (snapshot: AppSnapshot | undefined): string => {
  const names = provingNames(snapshot)
  return names.length === 0
    ? 'Nobody is proving, so no work is lost.'
    : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} proving: that work is lost and starts from zero.`
}

/** What quitting does, with the price of stopping. The tray is offered only where somebody can see it. */
export function quitQuestion(snapshot: AppSnapshot | undefined, hasTray: boolean) {
  const choices: readonly QuitChoice[] = hasTray ? ['tray', 'leave-running', 'stop-all'] : ['leave-running', 'stop-all']
  const words = { tray: 'Keep smeshing in the tray', 'leave-running': 'Quit, leave everything running', 'stop-all': 'Stop everything' }
  return {
    choices,
    message: 'What happens when you quit?',
    detail: `Leaving everything running costs nothing, but nobody watches until you come back. If everything stops: ${lossOf(snapshot)}`,
    buttons: [...choices.map((choice) => words[choice]), 'Cancel'],
    defaultId: choices.indexOf('leave-running'),
    cancelId: choices.length,
    noLink: true,
    checkboxLabel: 'Remember this',
  }
}

/** The question with its price, from what the keeper knows and not from what the page says. */
export async function questionText(question: Question, identity: string | undefined, context: Context): Promise<QuestionText> {
  const snapshot = context.snapshot()
  switch (question) {
    case 'stop-service':
    case 'restart-service': {
      const name = snapshot?.identities.find((i) => i.id === identity)?.name ?? 'this identity'
      const price = await context.link.call('service.price', { identity })
      const detail =
        price.ok && typeof price.value === 'object' && price.value !== null && 'sentence' in price.value ? String(price.value.sentence) : ''
      const verb = question === 'stop-service' ? 'Stop' : 'Restart'
      return { message: `${verb} the PoST service of ${name}?`, detail, yes: `${verb} service` }
    }
    case 'stop-node':
      return {
        message: 'Stop the node?',
        detail:
          'Proofs that are being made go on and are handed over when the node is back. While it is stopped nothing is registered or published. A node start can take a quarter of an hour.',
        yes: 'Stop node',
      }
    case 'stop-all':
      return { message: 'Stop the node and every PoST service?', detail: lossOf(snapshot), yes: 'Stop everything' }
    case 'end-practice':
      return {
        message: 'End practice?',
        detail: 'The practice node and its services are stopped. Nothing real is touched.',
        yes: 'End practice',
      }
  }
}
