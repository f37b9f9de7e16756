/** Ends the node's start with `Error: …` on stderr and exit code 1. */
export class StartError extends Error {
  override readonly name = 'StartError'
  /** Errors of config, lock, genesis and keys are followed by the usage text. */
  readonly usage: boolean
  constructor(message: string, usage: boolean) {
    super(message)
    this.usage = usage
  }
}

/** The node was told to stop; everything that waits gives up with it. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}
