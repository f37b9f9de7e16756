import type { CliFlags } from './flags.ts'

/** How a simulated graphics card behaves. `wrong`: its labels are. `lost`: it disappears after the first batch. */
export type Gpu = 'good' | 'wrong' | 'lost'

/** The provider list of a machine with these graphics cards; the processor is always there and comes last. */
export function providersText(gpus: readonly Gpu[]): string {
  const all = [
    ...gpus.map((_, id) => ({ id, model: `[GPU] Practice/Card ${id}`, kind: 'GPU' })),
    { id: 4_294_967_295, model: '[CPU] scrypt-jane', kind: 'CPU' },
  ]
  const blocks = all.map(({ id, model, kind }) =>
    [
      ' (postrs.Provider) {',
      `  ID: (uint32) ${id},`,
      `  Model: (string) (len=${model.length}) "${model}",`,
      `  DeviceType: (postrs.DeviceClass) ${kind}`,
      ' }',
    ].join('\n'),
  )
  return [`([]postrs.Provider) (len=${all.length} cap=${all.length}) {`, blocks.join(',\n'), '}'].join('\n')
}

/** The two dumps of `-printConfig`. */
export const configText = (flags: CliFlags): string =>
  [
    '(config.Config) {',
    ' MinNumUnits: (uint32) 4,',
    ' MaxNumUnits: (uint32) 1048576,',
    ` LabelsPerUnit: (uint64) ${flags.labelsPerUnit},`,
    ' K1: (uint) 26,',
    ' K2: (uint) 37,',
    ' PowDifficulty: ([32]uint8) (len=32 cap=32) {',
    '  00000000  00 0d fb 23 b0 97 9b 4b  00 00 00 00 00 00 00 00  |...#...K........|',
    '  00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|',
    ' }',
    '}',
    '(config.InitOpts) {',
    ` DataDir: (string) (len=${flags.datadir.length}) "${flags.datadir}",`,
    ` NumUnits: (uint32) ${flags.numUnits},`,
    ` MaxFileSize: (uint64) ${flags.maxFileSize},`,
    ` ProviderID: (*uint32)(0xc000012e518)(${flags.provider ?? 0}),`,
    ' Throttle: (bool) false,',
    ' Scrypt: (config.ScryptParams) {',
    `  N: (uint) ${flags.scryptN},`,
    '  R: (uint) 1,',
    '  P: (uint) 1',
    ' },',
    ' ComputeBatchSize: (uint64) 1048576,',
    ` FromFileIdx: (int) ${flags.fromFile},`,
    ` ToFileIdx: (*int)${flags.toFile === undefined ? '(<nil>)' : `(0xc000012e520)(${flags.toFile})`}`,
    '}',
  ].join('\n')
