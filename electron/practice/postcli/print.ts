import type { CliFlags } from './flags.ts'

/** The provider list of a machine whose OpenCL platform has no GPU. */
export const CPU_ONLY = [
  '([]postrs.Provider) (len=1 cap=1) {',
  ' (postrs.Provider) {',
  '  ID: (uint32) 4294967295,',
  '  Model: (string) (len=17) "[CPU] scrypt-jane",',
  '  DeviceType: (postrs.DeviceClass) CPU',
  ' }',
  '}',
].join('\n')

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
