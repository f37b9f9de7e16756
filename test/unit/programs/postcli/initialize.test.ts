import { describe, expect, it } from 'vitest'
import { initializeArguments, initializeVerdict } from '../../../../electron/programs/index.ts'
import { jsonLines } from '../recordings.ts'

interface Recorded {
  readonly case: string
  readonly output: readonly { readonly line: string }[]
}
const runs = jsonLines('postcli/postcli.jsonl') as unknown as readonly Recorded[]
const outputOf = (name: string): string => {
  const run = runs.find((one) => one.case === name)
  if (run === undefined) throw new Error(`no recording ${name}`)
  return run.output.map(({ line }) => `${line}\n`).join('')
}

const request = {
  folder: '/mnt/east/post',
  identity: 'ba'.repeat(32),
  commitmentAtx: '80'.repeat(32),
  numUnits: 64,
  labelsPerUnit: 4_294_967_296,
  maxFileBytes: 4_294_967_296,
  scryptN: 8192,
  provider: 0,
}

describe('the command line of an initialization', () => {
  it('names everything, resets nothing and confirms nothing on mainnet', () => {
    const args = initializeArguments({ ...request, range: { fromFile: 0, toFile: 511 } })
    expect(args.join(' ')).toBe(
      `-provider 0 -datadir /mnt/east/post -id ${request.identity} -commitmentAtxId ${request.commitmentAtx} -numUnits 64 ` +
        '-labelsPerUnit 4294967296 -maxFileSize 4294967296 -scryptN 8192 -fromFile 0 -toFile 511',
    )
  })

  it('confirms other values where the network has them, and never resets', () => {
    for (const change of [{ labelsPerUnit: 256 }, { scryptN: 2 }, { numUnits: 1 }]) {
      const args = initializeArguments({ ...request, ...change })
      expect(args.at(-1)).toBe('-yes')
      expect(args).not.toContain('-reset')
    }
  })
})

describe('what an initialization says', () => {
  it.each([
    ['init-small', 'completed'],
    ['init-again-complete', 'completed'],
    ['init-sigint', 'interrupted'],
    ['init-sigterm', 'killed'],
    ['init-sigkill', 'killed'],
  ])('is understood as recorded: %s is %s', (name, is) => {
    expect(initializeVerdict(outputOf(name)).is).toBe(is)
  })

  it.each([
    ['failed to flush disk writer: write /m/postdata_3.bin: no space left on device', 'init/disk-full'],
    ['failed to flush disk writer: write /m/postdata_3.bin: input/output error', 'init/disk-error'],
    ['open /m/postdata_3.bin: no such file or directory', 'init/disk-gone'],
    ['failed to compute labels: initializing scrypter: invalid provider ID', 'init/no-provider'],
    ['failed to compute labels: OclCoreError(CL_OUT_OF_RESOURCES)', 'init/provider-lost'],
    ['something nobody has seen', 'init/postcli'],
  ])('is a failure with a cause and an action, although it ends with 0: %s', (error, code) => {
    const verdict = initializeVerdict(`2026/11/21 00:49:49 cli: initialization error ${error}\n`)
    expect(verdict).toMatchObject({ is: 'failed', code })
    expect(verdict.is === 'failed' && verdict.fix).toMatch(/\.$/)
  })

  it.each([
    ['init-bad-provider', 'init/no-provider'],
    ['init-bad-provider-no-opencl', 'init/no-provider'],
    ['init-disk-full', 'init/disk-full'],
    ['init-larger-numunits', 'init/other-data'],
    ['init-other-maxfilesize', 'init/other-data'],
    ['init-other-id', 'init/other-data'],
    ['init-other-commitment', 'init/other-data'],
    ['init-no-yes-closed-stdin', 'init/postcli'],
    ['init-no-provider', 'init/postcli'],
    ['init-no-commitment', 'init/postcli'],
    ['bad-commitment', 'init/postcli'],
    ['unknown-flag', 'init/postcli'],
  ])('is a failure as recorded: %s is %s', (name, code) => {
    expect(initializeVerdict(outputOf(name))).toMatchObject({ is: 'failed', code })
  })
})
