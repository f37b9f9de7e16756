import type { ServiceContext } from './context.ts'
import { report, seconds } from './log.ts'
import { announce, prove, type FoundProof, type Outcome, type Progress } from './prover.ts'

type State =
  | { readonly at: 'idle' }
  | { readonly at: 'proving'; readonly challenge: Uint8Array; readonly progress: Progress }
  | { readonly at: 'done'; readonly challenge: Uint8Array; readonly outcome: Outcome }

export type ProofAnswer = { readonly kind: 'running' } | { readonly kind: 'error' } | { readonly kind: 'proof'; readonly proof: FoundProof }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/**
 * The state machine between the node's requests and the prover. @source facts/post-service.md §4
 * Everything that looks at the state goes through one lock: that is why `/status` is silent while RandomX is prepared
 * (0.8.x) and while a proof is verified.
 */
export class ProvingService {
  readonly #context: ServiceContext
  readonly #cores: number
  #state: State = { at: 'idle' }
  #lock: Promise<unknown> = Promise.resolve()

  constructor(context: ServiceContext, cores: number) {
    this.#context = context
    this.#cores = cores
  }

  get isProving(): boolean {
    return this.#state.at === 'proving'
  }

  /** Body of `GET /status`. */
  async status(): Promise<string> {
    while (this.#context.script.mishaps().hangStatus === true) await this.#context.sleep(this.#context.pace.secondMs)
    return this.#locked(() => {
      const state = this.#state
      if (state.at === 'proving') return JSON.stringify({ Proving: { nonces: state.progress.nonces, position: state.progress.position } })
      return state.at === 'done' ? '"DoneProving"' : '"Idle"'
    })
  }

  async genProof(challenge: Uint8Array): Promise<ProofAnswer> {
    return this.#locked(async () => this.#genProof(challenge))
  }

  async #genProof(challenge: Uint8Array): Promise<ProofAnswer> {
    const state = this.#state
    if (state.at === 'idle') return this.#start(challenge)
    if (state.at === 'proving') {
      if (isSame(state.challenge, challenge)) return { kind: 'running' }
      const both = `(current: ${hex(state.challenge)}, requested: ${hex(challenge)})`
      return this.#failed(`proof generation is in progress for a different challenge ${both}`, 'service/src/service.rs:157:17')
    }
    this.#context.log('INFO', 'post_service::service', 'proof generation is finished')
    if (!state.outcome.ok)
      return this.#failed(
        `proof generation failed: ${state.outcome.why}`,
        `service/src/service.rs:${this.#context.version === '0.8.5' ? '214:35' : '186:35'}`,
      )
    return this.#verify(state.outcome.proof, isSame(state.challenge, challenge))
  }

  async #start(challenge: Uint8Array): Promise<ProofAnswer> {
    const { context, progress } = { context: this.#context, progress: { nonces: { start: 0, end: 0 }, position: 0 } }
    context.log('INFO', 'post_service::service', `starting proof generation for challenge ${hex(challenge)}`)
    this.#state = { at: 'proving', challenge, progress }
    if (context.version !== '0.7.13') {
      if (context.args.remoteK2pow === undefined) await context.sleep(context.pace.randomxMs)
      announce(context)
    }
    void this.#prove(challenge, progress)
    return { kind: 'running' }
  }

  async #prove(challenge: Uint8Array, progress: Progress): Promise<void> {
    const outcome = await prove(this.#context, challenge, progress, this.#cores)
    this.#state = { at: 'done', challenge, outcome }
  }

  #failed(why: string, location: string): ProofAnswer {
    this.#context.log('ERROR', 'post_service::client', report(`failed to generate proof: ${why}`, [], location))
    return { kind: 'error' }
  }

  async #verify(proof: FoundProof, isAskedFor: boolean): Promise<ProofAnswer> {
    const { log, sleep, pace, monotonic } = this.#context
    log('INFO', 'post_service::client', 'proof generation finished')
    log('INFO', 'post_service::client', 'verifying proof')
    const begun = monotonic()
    await sleep(pace.verifyMs)
    this.#state = { at: 'idle' }
    const took = `(verification took: ${seconds(monotonic() - begun)})`
    const causes = verdict(proof, isAskedFor)
    if (causes.length === 0) {
      log('INFO', 'post_service::client', `proof is valid ${took}`)
      return { kind: 'proof', proof }
    }
    log(
      'ERROR',
      'post_service::client',
      report('failed proof verification: verifying proof', causes, `service/src/service.rs:236:14 ${took}`),
    )
    return { kind: 'error' }
  }

  async #locked<T>(run: () => T | Promise<T>): Promise<T> {
    const mine = this.#lock.then(run)
    this.#lock = mine.catch(() => undefined)
    return mine
  }
}

/** Why the service's own check refuses the proof; empty when it is valid. */
function verdict(proof: FoundProof, isAskedFor: boolean): readonly string[] {
  if (!isAskedFor) return ['invalid proof of work', 'proof of work is invalid']
  if (proof.corrupt === undefined) return []
  const { index, label } = proof.corrupt
  const msb = label[0] ?? 255
  return [`MSB value for index: ${index} (id: 0) doesn't satisfy difficulty: ${Math.max(1, msb)} > 0 (label: [${[...label].join(', ')}])`]
}
